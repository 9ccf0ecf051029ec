/** fetch that gives up: 10 s to connect (undici's own default), 30 s without a byte, 2 minutes in all. */

export interface Limits {
  idleMs: number;
  totalMs: number;
}

export const LIMITS: Limits = { idleMs: 30_000, totalMs: 120_000 };

export function limitedFetch(limits: Limits = LIMITS): typeof fetch {
  return async (input, init) => {
    const controller = new AbortController();
    const giveUp = (after: number) => () => controller.abort(new Error(`GitHub gave no answer in ${after} ms`));
    const total = setTimeout(giveUp(limits.totalMs), limits.totalMs);
    let idle = setTimeout(giveUp(limits.idleMs), limits.idleMs);
    try {
      const response = await fetch(input, { ...init, redirect: 'manual', signal: controller.signal });
      const chunks: Uint8Array[] = [];
      const reader = response.body?.getReader();
      for (;;) {
        const part = await reader?.read();
        if (!part || part.done) break;
        chunks.push(part.value);
        clearTimeout(idle);
        idle = setTimeout(giveUp(limits.idleMs), limits.idleMs);
      }
      // A body is not allowed with these.
      const body = [204, 205, 304].includes(response.status) ? null : Buffer.concat(chunks);
      const { status, statusText, headers } = response;
      const whole = new Response(body, { status, statusText, headers });
      Object.defineProperty(whole, 'url', { value: response.url });
      return whole;
    } finally {
      clearTimeout(total);
      clearTimeout(idle);
    }
  };
}
