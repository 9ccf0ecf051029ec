/**
 * A payload converter whose decoding never throws: a signal that cannot be decoded would fail its workflow's task for
 * ever, and the queue with it. What cannot be read becomes `{ undecodable }`, which every handler refuses.
 */
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

export interface Undecodable {
  undecodable: string;
}

export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      // The one place where a type is asserted: a handler sees it as the unknown value that it checks anyway.
      return { undecodable: String(error) } as T;
    }
  },
};
