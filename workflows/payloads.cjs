// A payload converter whose decoding never throws: a signal that cannot be decoded would fail its workflow's task for
// ever, and the queue with it. What cannot be read becomes `{ undecodable }`, which every handler refuses.
// CommonJS, because the SDK loads a converter by path with `require`, on Node 20 and inside jest alike.
const { defaultPayloadConverter } = require('@temporalio/common');

/** @type {import('@temporalio/common').PayloadConverter} */
exports.payloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload(payload) {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch (error) {
      return { undecodable: String(error) };
    }
  },
};
