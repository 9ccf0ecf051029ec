import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether GitHub signed these raw bytes (`X-Hub-Signature-256`), compared in constant time. SHA-1 alone is refused. */
export function isSigned(body: Buffer, secret: string, header: string | undefined): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  const found = Buffer.from(/^sha256=([0-9a-f]{64})$/.exec(header ?? '')?.[1] ?? '00'.repeat(32), 'hex');
  return timingSafeEqual(expected, found);
}
