/** Writes `openapi.yaml` from the routes and their schemas; with `--check` only says whether it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { openapiText } from '../src/service/http/openapi.ts';

const file = new URL('../openapi.yaml', import.meta.url);
const text = openapiText(manifest.version);

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('openapi.yaml is not what the routes say: run `npm run openapi`\n');
  process.exitCode = 1;
}
