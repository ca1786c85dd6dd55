import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { createAccess } from '../access/access.ts';
import { createAudit } from '../access/audit.ts';
import { rolesWithTotp } from '../access/totp.ts';
import { createCameraGuard } from '../devices/camera-guard.ts';
import { captureChores } from '../devices/captures/capture.store.ts';
import { createConnectRoutes } from '../devices/connect.ts';
import { devicesCapture } from '../devices/devices.topics.ts';
import { createGatewayChore } from '../devices/gateway/gateway.store.ts';
import { openGuardedMedia } from '../devices/guarded-tools.ts';
import { loadPresets } from '../devices/presets.ts';
import { createFacesThread } from '../devices/probe/faces-thread.ts';
import { createEvidence } from '../evidence/evidence.ts';
import { loadEvidenceSettings } from '../evidence/settings.ts';
import { createClaims } from '../ledgers/claims/create-claims.ts';
import { loadInterfaceTable } from '../ledgers/claims/interface-table.load.ts';
import type { KeptEntry } from '../ledgers/claims/kept-aside.ts';
import { conflictsRoutes } from '../people/conflicts/conflicts.routes.ts';
import { peopleConflicts, peopleImport, peoplePortrait } from '../people/people.topics.ts';
import { createPeopleHandlers, createPeopleRoutes, sweepReplacedPortraits } from '../people/people.ts';
import type { PortraitReader } from '../people/portrait-reader.ts';
import { systemClock } from '../platform/clock.ts';
import { PROGRAM_DIR } from '../platform/config.ts';
import { createJournal } from '../platform/journal.ts';
import type { Handler, QueueName, Topic } from '../platform/outbox.ts';
import { ensureMonthPartitions } from '../platform/partitions.ts';
import type { Runtime } from '../platform/runtime.ts';
import { loadWorkCalendar } from '../reconcile/calendar.ts';
import { createReconcile } from '../reconcile/reconcile.ts';
import { loadAlarmPolicy } from '../review/budget/policy.load.ts';
import { decidedSince } from '../review/decided-since.ts';
import { dispositionsOf } from '../review/dispositions.ts';
import { loadFlowPolicy } from '../review/flow/policy.load.ts';
import { createReports } from '../review/reports/reports.ts';
import { createReview } from '../review/review.ts';
import { reviewedVisits } from '../review/reviewed-visits.ts';
import { captureHandler, contactHandler } from '../vision/captures/capture.handlers.ts';
import { gatewayStreamHandler } from '../vision/captures/stream.handler.ts';
import { sweepRing } from '../vision/footage-ring.ts';
import { likenessOf } from '../vision/likeness.ts';
import { type OpenFaces, openMedia } from '../vision/open-vision.ts';
import { createPortraitThread } from '../vision/portrait-thread.ts';
import { reEnrolHandler } from '../vision/re-enrol/re-enrol.handler.ts';
import { reEnrolRoutes } from '../vision/re-enrol/re-enrol.routes.ts';
import { reEnrolSlice } from '../vision/re-enrol/re-enrol.topics.ts';
import { reEnrolWorker } from '../vision/re-enrol/worker.ts';
import { type App, buildApp } from './app.ts';
import { forgetRetired, hourly, loadFaceCards } from './face-models.ts';
import { keepPacked, openConflictFinder, openFaceSearch } from './face-search.ts';

/** All rooms on one runtime: what a process takes of them is its role. */
export interface Rooms {
  handlersOf(queues: readonly QueueName[]): Handler[];
  /** Of the queue `people`; they need the face networks. @param reader null where face recognition is off */
  portraitHandlers(reader: PortraitReader | null): readonly Handler[];
  /** Of the same queue: portraits by a model that takes another's place. */
  reEnrolHandlers(faces: Pick<OpenFaces, 'analyzer' | 'card' | 'before'> | null): readonly Handler[];
  /** Of the same queue: pictures that smart cameras push. */
  captureHandlers(faces: Pick<OpenFaces, 'analyzer' | 'card'> | null): readonly Handler[];
  readonly topics: readonly Topic[];
  app(): Promise<App>;
  /** Keeps up with the rule set in force, for as long as the process lives. */
  watch(): Promise<{ close(): Promise<void> }>;
  /** What is done now and then, each by its name. */
  readonly chores: ReadonlyMap<string, () => Promise<unknown>>;
}

/** Puts the rooms together. The only place that knows them all. */
export async function composeRooms(runtime: Runtime): Promise<Rooms> {
  const { config, db, clock, keyring, outbox, blobs, log, retention } = runtime;
  const audit = createAudit({ clock, keyring });
  const shared = { ...runtime, audit, wallClock: systemClock, timeZone: config.TIME_ZONE };
  const gate = createAccess({
    ...shared,
    cookieSecure: config.COOKIE_SECURE,
    totpRoles: rolesWithTotp(config.TOTP_ROLES),
  });
  const people = { ...shared, faceRecognition: config.FACE_RECOGNITION };
  const journal = createJournal<KeptEntry>({ dir: join(config.dataDir, 'journal'), name: 'claims', keyring, log });
  const models = config.FACE_RECOGNITION ? await loadFaceCards(config) : null;
  const claims = createClaims({ ...shared, table: await loadInterfaceTable(), journal });
  const reconcile = await createReconcile({
    ...{ db, clock, keyring, outbox, log, config, audit, dispositionsOf },
    reviewedVisits: (span) => reviewedVisits(db, span),
  });
  const settings = await loadEvidenceSettings(join(PROGRAM_DIR, 'config', 'evidence.yaml'));
  const evidence = createEvidence({ ...shared, settings });
  const policy = await loadAlarmPolicy(config.ALARM_BUDGET_FILE);
  const flow = await loadFlowPolicy(join(PROGRAM_DIR, 'config', 'review', 'flow.yaml'), {
    calendar: await loadWorkCalendar(config.dataDir),
    timeZone: config.TIME_ZONE,
  });
  const review = createReview({
    ...shared,
    blobs,
    settings,
    policy,
    flow,
    allowPrivateWebhooks: config.WEBHOOK_ALLOW_PRIVATE,
  });
  const reports = createReports({ ...shared, policy, flow, minCoverage: () => reconcile.ruleSet.window.minCoverage });

  const searched = { ...people, config, log, minAgeYears: () => reconcile.ruleSet.window.minAgeYears };
  const conflicts = config.FACE_RECOGNITION ? await openConflictFinder(searched) : null;
  const guard = createCameraGuard({ networks: config.CAMERA_NETWORKS });
  const gatewayChore = createGatewayChore({ ...shared, guard });

  const handlers = [
    ...claims.handlers,
    ...reconcile.handlers,
    ...evidence.handlers,
    ...review.handlers,
    contactHandler(shared),
    gatewayStreamHandler(shared),
  ];
  const consoleDir = join(PROGRAM_DIR, 'web', 'dist');
  return {
    handlersOf: (queues) => handlers.filter((handler) => queues.includes(handler.topic.queue)),
    reEnrolHandlers: (faces) => [reEnrolHandler(faces && reEnrolWorker(shared, faces), outbox)],
    captureHandlers: (faces) => [
      captureHandler({
        ...shared,
        analyzer: faces?.analyzer ?? null,
        ...(faces !== null && { likeness: likenessOf(faces.card) }),
      }),
    ],
    portraitHandlers: (reader) => createPeopleHandlers({ ...people, reader, conflicts: reader && conflicts }),
    topics: [
      ...handlers.map((handler) => handler.topic),
      peoplePortrait,
      peopleConflicts,
      peopleImport,
      devicesCapture,
      reEnrolSlice,
    ],
    app: async () => {
      const faces = config.FACE_RECOGNITION ? createPortraitThread(config) : null;
      const search = await openFaceSearch(searched, faces);
      const look = reconcile.lookAtFace({
        reader: config.REQUEST_FACE_MAX_BYTES > 0 ? faces : null,
        mostWaiting: config.REQUEST_FACE_WAITING,
        withinMs: config.REQUEST_FACE_WITHIN_MS,
      });
      const looker = config.FACE_RECOGNITION ? createFacesThread(config) : null;
      const guarded = await openGuardedMedia(guard);
      const connect = {
        ...shared,
        faceRecognition: config.FACE_RECOGNITION,
        guard,
        presets: await loadPresets(join(PROGRAM_DIR, 'config', 'cameras', 'presets.yaml')),
        tools: () => guarded.wrap(openMedia(config, (text) => log.warn({ ffmpeg: text }, 'ffmpeg'))),
        findFaces: looker?.find ?? null,
      };
      const app = await buildApp({
        log,
        db,
        clock,
        trustProxy: config.TRUST_PROXY,
        access: gate.plugin,
        routes: [
          ...gate.routes,
          ...createPeopleRoutes(people),
          search.routes,
          conflictsRoutes({ ...people, decidedSince }),
          ...createConnectRoutes(connect),
          ...claims.routes({
            decide: reconcile.decide,
            decideWithin: reconcile.decideWithin,
            faces: { look, maxBytes: config.REQUEST_FACE_MAX_BYTES },
          }),
          ...reconcile.routes,
          ...review.routes,
          ...reports.routes,
          reEnrolRoutes({ ...shared, toVersion: models?.inUse ?? null }),
        ] as FastifyPluginAsync[],
        consoleDir: await access(join(consoleDir, 'index.html')).then(
          () => consoleDir,
          () => null,
        ),
      });
      app.addHook('onClose', async () => {
        await search.close();
        await faces?.close();
        await looker?.close();
        await guarded.close();
      });
      return app;
    },
    watch: () => reconcile.watchRules(),
    chores: new Map<string, () => Promise<unknown>>([
      ['partitions', () => ensureMonthPartitions(db, clock.now())],
      ['clinic days', () => reconcile.tick()],
      ['rule sets', () => reconcile.tickRuleSets()],
      ['what scores looked back upon', () => reconcile.housekeeping()],
      ['sessions', () => gate.housekeeping()],
      ['evidence', () => evidence.housekeeping()],
      ['fairness', () => review.housekeeping()],
      ['limits of alerts', () => review.keepLimits()],
      ['counts of reports', () => reports.rollUp()],
      ['capture devices', () => captureChores(shared)],
      ['gateways', () => gatewayChore.run()],
      ['footage ring', () => sweepRing({ ...shared, retention })],
      ['replaced portraits', () => sweepReplacedPortraits({ ...shared, retention })],
      ['expired files', () => blobs.sweep(db)],
      ['packed galleries', hourly(clock, () => (config.FACE_RECOGNITION ? keepPacked(searched) : Promise.resolve(0)))],
      ['retired face models', hourly(clock, () => forgetRetired(models, shared))],
    ]),
  };
}
