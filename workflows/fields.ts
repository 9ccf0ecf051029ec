/** What a signal carries, as fields of anything. */
export type Fields = Record<string, unknown>;

export function fieldsOf(payload: unknown): Fields {
  return typeof payload === 'object' && payload !== null ? { ...payload } : {};
}
