/** The model itself does not know what to say: no outcome of the code that it runs. */
export class ModelFault extends Error {}
