import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IANAZone } from 'luxon';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DomainError } from './errors.ts';

/** Folder of the program: where config/, models/ and src/migrations/ lie. */
export const PROGRAM_DIR = fileURLToPath(new URL('../..', import.meta.url));

/** Every environment variable that ClaimSight reads, with what it means and its default. */
export const EnvironmentSchema = Type.Object({
  CLAIMSIGHT_DATA_DIR: Type.String({
    default: '.claimsight',
    description: 'Data folder: embedded database, encrypted files, keys',
  }),
  CLAIMSIGHT_MASTER_KEY: Type.Optional(
    Type.String({ description: 'Master key, 32 bytes of base64; default: keys/master.key in the data folder' }),
  ),
  DATABASE_URL: Type.Optional(
    Type.String({ pattern: '^postgres(ql)?://', description: 'PostgreSQL 16 or newer; default: the embedded server' }),
  ),
  REDIS_URL: Type.Optional(Type.String({ description: 'Redis for the queues; default: queues in PostgreSQL' })),
  EMBEDDED_POSTGRES_PORT: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 65535, description: 'Port of the embedded PostgreSQL; default: any free one' }),
  ),
  HOST: Type.String({ default: '127.0.0.1', description: 'Address that the API listens on' }),
  PORT: Type.Integer({ default: 8420, minimum: 0, maximum: 65535, description: 'Port of the API; 0: any free one' }),
  COOKIE_SECURE: Type.Boolean({ default: false, description: 'true behind TLS: session cookies over HTTPS only' }),
  TOTP_ROLES: Type.String({
    default: '',
    description: 'Roles that must log in with a second factor (TOTP), by comma; all: every person',
  }),
  TRUST_PROXY: Type.Boolean({ default: false, description: 'true behind a reverse proxy that sets X-Forwarded-For' }),
  TIME_ZONE: Type.String({
    default: 'Asia/Shanghai',
    description: 'Time zone of clinics and messages without an offset',
  }),
  LOG_LEVEL: Type.String({
    default: 'info',
    pattern: '^(trace|debug|info|warn|error|fatal|silent)$',
    description: 'Least level that is logged',
  }),
  FFMPEG_PATH: Type.Optional(
    Type.String({
      description: 'ffmpeg to use; default: the one on the PATH, then the npm build for files and loopback',
    }),
  ),
  FACE_RECOGNITION: Type.Boolean({
    default: true,
    description: 'false: the whole installation runs without face recognition',
  }),
  FACE_ENGINE: Type.String({
    default: 'onnx',
    pattern: '^(onnx|face-api)$',
    description: 'Inference engine: onnx or face-api',
  }),
  FACE_THREADS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Threads that one process uses for inference',
  }),
  CAMERA_LEASE_MS: Type.Integer({
    default: 9_000,
    minimum: 500,
    maximum: 120_000,
    description: 'A camera whose worker is silent for so long is taken by another worker',
  }),
  CAMERA_MOST: Type.Integer({
    default: 200,
    minimum: 1,
    maximum: 10_000,
    description: 'So many cameras one worker reads at most',
  }),
  REQUEST_FACE_MAX_BYTES: Type.Integer({
    default: 2 * 1024 * 1024,
    minimum: 0,
    maximum: 20 * 1024 * 1024,
    description: 'A face picture in a request may have so many bytes, decoded; 0: none is looked at',
  }),
  REQUEST_FACE_WAITING: Type.Integer({
    default: 4,
    minimum: 0,
    maximum: 1000,
    description: 'So many face pictures of requests may wait while one is looked at; one more is not looked at',
  }),
  REQUEST_FACE_WITHIN_MS: Type.Integer({
    default: 1500,
    minimum: 1,
    maximum: 2500,
    description: 'A face picture of a request that takes longer (ms) is not used, and the answer goes on without it',
  }),
  MODEL_CARD: Type.String({
    default: 'models/cards/faceapi-dlib-128.json',
    description: 'Model card of the face model in use; docs/face-models.md',
  }),
  MODEL_CARD_BEFORE: Type.Optional(
    Type.String({
      description: 'Model card of the model that it takes the place of: both serve until `claimsight re-enrol` is done',
    }),
  ),
  MODELS_DIR: Type.String({ default: 'models/built', description: 'Folder of the built ONNX files' }),
  RULES_DIR: Type.String({ default: 'config/rules', description: 'Folder of the rule parameters' }),
  ALARM_BUDGET_FILE: Type.String({
    default: 'config/review/alarm-budget.yaml',
    description: 'Which alerts a person should see: reviews a day, least precision',
  }),
  RETENTION_FILE: Type.String({ default: 'config/retention.yaml', description: 'Retention classes' }),
  WEBHOOK_ALLOW_PRIVATE: Type.Boolean({
    default: true,
    description: 'true: webhooks may go to private networks (the insurance intranet is one)',
  }),
  CAMERA_NETWORKS: Type.String({
    default: '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7',
    description:
      'Networks where cameras and their gateways may stand; add 127.0.0.0/8 for a media server on this machine',
  }),
  CLOCK_FILE: Type.Optional(Type.String({ description: 'Simulated clock of a demo or a test' })),
});

type Environment = Static<typeof EnvironmentSchema>;

export interface Config extends Environment {
  /** Absolute. */
  readonly dataDir: string;
}

/**
 * Reads and checks the environment. Relative paths to what ships with the program are taken from the program's folder,
 * the data folder from the working directory.
 * @throws DomainError `config_invalid` naming the variable
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.keys(EnvironmentSchema.properties)
      .filter((key) => env[key] !== undefined && env[key] !== '')
      .map((key) => [key, env[key]]),
  );
  const value = Value.Convert(EnvironmentSchema, Value.Default(EnvironmentSchema, given));
  if (!Value.Check(EnvironmentSchema, value)) {
    const [first] = Value.Errors(EnvironmentSchema, value);
    const name = first?.instancePath.slice(1) ?? '';
    throw new DomainError('config_invalid', `environment variable ${name} ${first?.message ?? 'is not valid'}`, {
      remedy: 'See README "Configuration" for what it may be.',
    });
  }
  if (!IANAZone.isValidZone(value.TIME_ZONE)) {
    throw new DomainError('config_invalid', `environment variable TIME_ZONE names no time zone: ${value.TIME_ZONE}`, {
      remedy: 'Take a name such as Asia/Shanghai.',
    });
  }
  const shipped = (path: string): string => resolve(PROGRAM_DIR, path);
  return {
    ...value,
    dataDir: resolve(value.CLAIMSIGHT_DATA_DIR),
    MODEL_CARD: shipped(value.MODEL_CARD),
    ...(value.MODEL_CARD_BEFORE === undefined ? {} : { MODEL_CARD_BEFORE: shipped(value.MODEL_CARD_BEFORE) }),
    MODELS_DIR: shipped(value.MODELS_DIR),
    RULES_DIR: shipped(value.RULES_DIR),
    ALARM_BUDGET_FILE: shipped(value.ALARM_BUDGET_FILE),
    RETENTION_FILE: shipped(value.RETENTION_FILE),
  };
}
