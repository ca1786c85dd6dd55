/**
 * Writes what is generated from the program and checked in: the OpenAPI document, the JSON Schemas of the scenario and
 * of the feed, the catalogue of rules, the table of rights.
 * With --check writes nothing and exits 1 when a file is not what it would be.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ScenarioSchema } from '../src/demo/scenario.ts';
import { routeDocuments } from '../src/http/openapi.ts';
import { PROGRAM_DIR } from '../src/platform/config.ts';
import { rulesDocument } from '../src/reconcile/rules-document.ts';
import { flowDocument } from '../src/review/flow/flow-document.ts';
import { feedDocuments } from '../src/simulation/feed/documents.ts';

const check = process.argv.includes('--check');
const { openApi, rights } = await routeDocuments();
const files = new Map([
  ['docs/rights.md', rights],
  ['docs/scenario.schema.json', `${JSON.stringify(ScenarioSchema, null, 2)}\n`],
  ['docs/api/openapi.json', openApi],
  ['docs/rules.md', rulesDocument()],
  ['docs/review-flow.md', flowDocument()],
  ...feedDocuments(),
]);
let stale = 0;
for (const [name, text] of files) {
  const path = join(PROGRAM_DIR, name);
  if ((await readFile(path, 'utf8').catch(() => '')) === text) continue;
  stale++;
  console.error(check ? `not up to date: ${name} → npm run generate` : `written: ${name}`);
  if (check) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
process.exitCode = check && stale > 0 ? 1 : 0;
