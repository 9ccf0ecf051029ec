// Messages and stacks of failures as a payload, so that the codec gets them too. Only where payloads are encrypted: otherwise they
// stay readable in the Web UI. CommonJS, because the SDK loads a converter by path with `require`.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
