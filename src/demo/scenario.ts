import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { DateTime } from 'luxon';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { DomainError } from '../platform/errors.ts';

const Bilingual = Type.Object({ zh: Type.String(), en: Type.String() });
const ClockTime = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$',
  description: 'HH:mm:ss on the day of startsAt, in its zone',
});
const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' });
const closed = { additionalProperties: false } as const;

const FaceRef = Type.Object(
  {
    sample: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 6, description: 'One of the sample photographs that ship with face-api' }),
    ),
    photo: Type.Optional(Type.String({ description: 'Path of a photograph, from the scenario file' })),
    index: Type.Integer({ minimum: 0, default: 0, description: 'Which face of the photograph, counted from the left' }),
  },
  { ...closed, description: 'Either `sample` or `photo`' },
);

const Camera = Type.Object(
  {
    id: Id,
    name: Type.Optional(Type.String()),
    scenePoint: Type.Enum(['counter', 'consulting', 'pharmacy', 'entrance']),
    width: Type.Integer({ minimum: 320, maximum: 1920, default: 1280 }),
    height: Type.Integer({ minimum: 240, maximum: 1080, default: 720 }),
    fps: Type.Integer({ minimum: 4, maximum: 25, default: 8 }),
    noise: Type.Integer({ minimum: 0, maximum: 40, default: 9, description: 'Sensor noise, grey levels' }),
    blur: Type.Number({ minimum: 0, maximum: 4, default: 0.6, description: 'Lens blur, pixels' }),
    brightness: Type.Number({ minimum: -0.4, maximum: 0.4, default: -0.04 }),
  },
  closed,
);

const Person = Type.Object(
  {
    id: Id,
    psnNo: Type.String({ minLength: 1, maxLength: 30 }),
    name: Type.String({ minLength: 1, description: 'Invented' }),
    sex: Type.Enum(['male', 'female']),
    birth: Type.String({ format: 'date' }),
    household: Type.Optional(Type.String()),
    face: Type.Optional(FaceRef),
    portrait: Type.Boolean({ default: true, description: 'false: no portrait is enrolled, though there is a face' }),
    status: Type.Optional(
      Type.Object(
        {
          what: Type.Enum(['dead', 'suspended', 'inpatient', 'away']),
          from: Type.String({ format: 'date' }),
          to: Type.Optional(Type.String({ format: 'date' })),
        },
        closed,
      ),
    ),
  },
  closed,
);

const Staff = Type.Object(
  { id: Id, staffNo: Type.String(), name: Type.String(), psnNo: Type.Optional(Type.String()), face: FaceRef },
  closed,
);

const Presence = Type.Object(
  {
    who: Id,
    camera: Type.Optional(Id),
    from: ClockTime,
    to: ClockTime,
    place: Type.Enum(['left', 'centre', 'right'], { default: 'centre' }),
    facePx: Type.Integer({ minimum: 30, maximum: 400, default: 100, description: 'Width of the face in the picture' }),
  },
  { ...closed, description: 'Somebody comes before a camera, moves, and leaves' },
);

const Outage = Type.Object(
  { camera: Type.Optional(Id), what: Type.Enum(['offline', 'dark', 'frozen']), from: ClockTime, to: ClockTime },
  closed,
);

const ClaimAction = Type.Object(
  {
    at: ClockTime,
    do: Type.Enum(
      ['register', 'diagnose', 'fees', 'trial', 'settle', 'reverse', 'technicalReversal', 'registerProxy', 'visit'],
      {
        description: '`visit`: registration, diagnosis, fee lines and settlement in the right order, settled at `at`',
      },
    ),
    who: Id,
    visit: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9]{1,20}$', description: 'Which visit of the scene; default: one per person' }),
    ),
    proxy: Type.Optional(Id),
    relation: Type.Optional(Type.String()),
    total: Type.String({ pattern: '^\\d+\\.\\d{2}$', default: '35.60', description: 'Yuan' }),
    fund: Type.String({ pattern: '^\\d+\\.\\d{2}$', default: '16.40', description: 'Yuan that the fund pays' }),
  },
  closed,
);

const Expectation = Type.Object(
  {
    visits: Type.Array(
      Type.Object(
        {
          who: Id,
          visit: Type.Optional(Type.String()),
          verdict: Type.Optional(Type.Enum(['match', 'mismatch', 'cannot_tell'])),
          reason: Type.Optional(Type.String({ description: 'Reason code of the final verdict' })),
          firstReason: Type.Optional(
            Type.String({ description: 'Reason code of the verdict when the settlement arrived' }),
          ),
          decision: Type.Optional(Type.Enum(['allow', 'review', 'hold'])),
        },
        closed,
      ),
      { default: [] },
    ),
    alerts: Type.Array(
      Type.Object(
        {
          rule: Type.String(),
          phase: Type.Optional(Type.Enum(['pre', 'in', 'post'])),
          class: Type.Optional(Type.Enum(['fraud', 'evidence', 'device', 'data'])),
          withdrawn: Type.Boolean({ default: false, description: 'true: raised, and taken back later' }),
        },
        closed,
      ),
      { default: [] },
    ),
    noAlert: Type.Array(Type.Enum(['fraud', 'evidence', 'device', 'data']), {
      default: [],
      description: 'Classes of which nothing may stand about this scene',
    }),
  },
  closed,
);

const Scene = Type.Object(
  {
    id: Id,
    title: Bilingual,
    present: Type.Array(Presence, { default: [] }),
    outages: Type.Array(Outage, { default: [] }),
    claims: Type.Array(ClaimAction, { default: [] }),
    expect: Type.Partial(Expectation, { default: {} }),
  },
  closed,
);

/** A morning at a clinic, with what must come of it. Published as docs/scenario.schema.json. */
export const ScenarioSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    title: Bilingual,
    startsAt: Type.String({ format: 'date-time', description: 'With zone; footage begins here' }),
    endsAt: Type.String({ format: 'date-time' }),
    speed: Type.Number({
      minimum: 0.1,
      maximum: 200,
      default: 60,
      description: 'Times real time, at most: the clock waits for the slowest camera',
    }),
    regions: Type.Array(
      Type.Object(
        { code: Type.String({ pattern: '^\\d{4}(\\d{2}(\\d{3}(\\d{3})?)?)?$' }), name: Type.String() },
        closed,
      ),
      { default: [] },
    ),
    clinic: Type.Object(
      {
        code: Type.String({ pattern: '^[HP]\\d{11}$' }),
        name: Type.String(),
        region: Type.String(),
        openHours: Type.Array(
          Type.Object(
            {
              days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 })),
              from: Type.String({ pattern: '^\\d{2}:\\d{2}$' }),
              to: Type.String({ pattern: '^\\d{2}:\\d{2}$' }),
            },
            closed,
          ),
        ),
        faceRecognition: Type.Boolean({ default: true }),
      },
      closed,
    ),
    parameters: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), {
      default: {},
      description: 'Rule parameters that differ from config/rules: file name without .yaml → key → value',
    }),
    cameras: Type.Array(Camera, { minItems: 1 }),
    people: Type.Array(Person, { minItems: 1 }),
    staff: Type.Array(Staff, { default: [] }),
    proxies: Type.Array(Type.Object({ person: Id, proxy: Id, relation: Type.String() }, closed), {
      default: [],
      description: 'Registered beforehand',
    }),
    scenes: Type.Array(Scene, { minItems: 1 }),
  },
  { ...closed, $id: 'https://claimsight.example/scenario.schema.json', title: 'ClaimSight demo scenario' },
);

type Raw = Static<typeof ScenarioSchema>;
export type FaceRef = Static<typeof FaceRef>;
export type ScenarioPerson = Static<typeof Person>;
export type ScenarioStaff = Static<typeof Staff>;
export type ScenarioCamera = Static<typeof Camera>;
export type ClaimActionKind = Static<typeof ClaimAction>['do'];
export type AlertExpectation = Static<typeof Expectation>['alerts'][number];
export type VisitExpectation = Static<typeof Expectation>['visits'][number];

/** A scene with its times as epoch ms, its cameras named and its visits numbered. */
export interface ScenarioScene {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly present: readonly {
    who: string;
    camera: string;
    from: number;
    to: number;
    place: 'left' | 'centre' | 'right';
    facePx: number;
  }[];
  readonly outages: readonly { camera: string; what: 'offline' | 'dark' | 'frozen'; from: number; to: number }[];
  readonly claims: readonly {
    at: number;
    do: ClaimActionKind;
    who: string;
    visit: string;
    proxy?: string;
    relation?: string;
    total: string;
    fund: string;
  }[];
  readonly expect: {
    readonly visits: readonly (VisitExpectation & { visit: string })[];
    readonly alerts: readonly AlertExpectation[];
    readonly noAlert: readonly string[];
  };
}

export interface Scenario extends Omit<Raw, 'scenes' | 'startsAt' | 'endsAt'> {
  /** Folder that photographs are relative to. */
  readonly baseDir: string;
  readonly zone: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly scenes: readonly ScenarioScene[];
}

const invalid = (where: string, message: string): DomainError =>
  new DomainError('invalid_input', `the scenario is not as it must be: ${where} ${message}`, {
    remedy: 'Its form is docs/scenario.schema.json.',
  });

/** Reads a scenario (JSON or YAML). @throws DomainError `invalid_input` naming the place */
export async function loadScenario(path: string): Promise<Scenario> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new DomainError(
      'invalid_input',
      `the scenario ${path} cannot be read`,
      { remedy: 'Check the path.' },
      { cause: error },
    );
  });
  let raw: unknown;
  try {
    raw = extname(path) === '.json' ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw invalid(path, (error as Error).message);
  }
  return parseScenario(raw, dirname(resolve(path)));
}

export function parseScenario(raw: unknown, baseDir: string): Scenario {
  const value = Value.Default(ScenarioSchema, structuredClone(raw));
  if (!Value.Check(ScenarioSchema, value)) {
    const [first] = Value.Errors(ScenarioSchema, value);
    throw invalid(
      first?.instancePath || '/',
      first?.keyword === 'boolean' ? 'is no key that is known here' : (first?.message ?? ''),
    );
  }
  const start = DateTime.fromISO(value.startsAt, { setZone: true });
  const end = DateTime.fromISO(value.endsAt, { setZone: true });
  if (!start.isValid || !end.isValid || end <= start) throw invalid('/endsAt', 'must be a moment after /startsAt');
  const at = (time: string): number =>
    DateTime.fromISO(`${start.toISODate()}T${time}`, { zone: start.zone }).toMillis();
  const people = new Set([...value.people.map((p) => p.id), ...value.staff.map((s) => s.id)]);
  if (people.size !== value.people.length + value.staff.length)
    throw invalid('/people', 'ids of people and staff must differ from each other');
  const cameras = new Set(value.cameras.map((camera) => camera.id));
  const mainCamera = (value.cameras.find((camera) => camera.scenePoint === 'counter') ?? value.cameras[0])
    ?.id as string;
  const faceOf = new Map([...value.people, ...value.staff].map((someone) => [someone.id, someone.face]));
  const check = (where: string, ok: boolean, message: string): void => {
    if (!ok) throw invalid(where, message);
  };
  for (const [id, face] of faceOf)
    if (face)
      check(
        `/people/${id}/face`,
        (face.sample === undefined) !== (face.photo === undefined),
        'needs either `sample` or `photo`',
      );
  for (const proxy of value.proxies)
    check('/proxies', people.has(proxy.person) && people.has(proxy.proxy), 'names somebody who is not in /people');

  const scenes = value.scenes.map((scene): ScenarioScene => {
    const here = `/scenes/${scene.id}`;
    const stretch = <T extends { from: string; to: string; camera?: string }>(entry: T) => {
      const camera = entry.camera ?? mainCamera;
      const [from, to] = [at(entry.from), at(entry.to)];
      check(here, cameras.has(camera), `names the camera ${camera}, which is not in /cameras`);
      check(
        here,
        from < to && from >= start.toMillis() && to <= end.toMillis(),
        `${entry.from}-${entry.to} must lie between startsAt and endsAt`,
      );
      return { ...entry, camera, from, to };
    };
    for (const { who } of [...scene.present, ...scene.claims])
      check(here, people.has(who), `names ${who}, who is not in /people or /staff`);
    for (const { who } of scene.present) check(here, faceOf.get(who) !== undefined, `shows ${who}, who has no face`);
    return {
      id: scene.id,
      title: scene.title,
      present: scene.present.map(stretch),
      outages: scene.outages.map(stretch),
      claims: scene.claims
        .map((claim) => ({ ...claim, at: at(claim.at), visit: `${scene.id}-${claim.visit ?? claim.who}` }))
        .sort((a, b) => a.at - b.at),
      expect: {
        visits: (scene.expect.visits ?? []).map((expected) => ({
          ...expected,
          visit: `${scene.id}-${expected.visit ?? expected.who}`,
        })),
        alerts: scene.expect.alerts ?? [],
        noAlert: scene.expect.noAlert ?? [],
      },
    };
  });
  return {
    ...value,
    baseDir,
    zone: start.zoneName ?? 'Asia/Shanghai',
    startsAt: start.toMillis(),
    endsAt: end.toMillis(),
    scenes,
  };
}
