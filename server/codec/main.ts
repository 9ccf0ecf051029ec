/** `npm run codec`: lets Temporal's Web UI and command line show people what is encrypted. Holds the keys of payloads, nothing else. */
import { readCodecConfig } from '../config.ts';
import { createLogger, runMain, untilSignalled } from '../process.ts';
import { dataConverterOf } from '../temporal/connect.ts';
import { buildCodecApp } from './app.ts';

await runMain(async () => {
  const { listen, temporalUiUrl, payloadKeys } = readCodecConfig(process.env);
  const origin = temporalUiUrl && new URL(temporalUiUrl).origin;
  const app = buildCodecApp(dataConverterOf({ payloadKeys }).payloadCodecs ?? [], origin);
  const url = await app.listen(listen);
  createLogger('info').info({ url, ...(origin && { origin }) }, 'codec listens');
  await untilSignalled();
  await app.close();
});
