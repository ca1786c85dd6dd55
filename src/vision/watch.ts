import type { FaceAnalyzer } from '../faces/analyzer.ts';
import { compareTemplates, judge } from '../faces/compare.ts';
import type { ModelCard } from '../faces/model-card.ts';
import { listPhotos, readMainFace } from '../faces/photo-folder.ts';
import { isSuspected, type Presentation } from '../faces/presentation/presentation.ts';
import { type FaceTemplate, poolTemplates } from '../faces/template.ts';
import { type MediaTools, normaliseSource } from '../media/probe.ts';
import { isFootage, openSource } from '../media/source.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { DomainError } from '../platform/errors.ts';
import type { AppearanceState } from './appearance.ts';
import { createCameraSession } from './camera-session.ts';
import { driveSession } from './drive.ts';
import type { FaceReader } from './face-reader.ts';
import type { StateInterval } from './health.ts';
import { openFaces, openMedia } from './open-vision.ts';

export interface WatchedPerson {
  readonly person: string;
  /** log10 of the likelihood ratio, capped by the model card. */
  readonly llr: number;
  /** `match` and `mismatch` only by the card's calibration; anything between, and what may be a picture, is `cannot_tell`. */
  readonly verdict: 'match' | 'mismatch' | 'cannot_tell';
  /** Present where the likeness alone would have said something else. */
  readonly reason?: 'presentation_suspected';
}

/** Times in seconds of the footage. */
export interface WatchResult {
  readonly source: {
    readonly width: number;
    readonly height: number;
    readonly fps: number | null;
    readonly seconds: number | null;
  };
  readonly appearances: readonly {
    readonly from: number;
    readonly to: number;
    readonly faces: number;
    readonly quality: number;
    /** Null: no gallery, or no face good enough to compare. */
    readonly best: WatchedPerson | null;
    /** What speaks for a photograph or a screen in the face's place; null: too little was seen to say. */
    readonly presentation: Omit<Presentation, 'looks'> | null;
  }[];
  readonly device: readonly { readonly state: string; readonly from: number; readonly to: number | null }[];
  /** Gallery photographs in which no face was found. */
  readonly galleryWithoutFace: readonly string[];
  readonly framesRead: number;
  readonly framesDropped: number;
  readonly seconds: number;
}

interface GalleryEntry {
  readonly person: string;
  readonly template: FaceTemplate;
  readonly quality: number;
}

const MIN_PORTRAIT_FACE_PX = 40;
const PROGRESS_EVERY_MS = 2_000;

/**
 * `claimsight watch`: a file or stream through the same source and session as a camera, its people matched with a gallery
 * DIR/person/*.jpg. A stream is watched until it ends or the process is interrupted.
 * @throws DomainError `source_unavailable` when the source has no picture, `invalid_input` for an empty gallery
 */
export async function runWatch(options: {
  readonly source: string;
  readonly gallery?: string;
  readonly signal?: AbortSignal;
  /** Words for a person, one line each; default: stderr. */
  readonly progress?: (line: string) => void;
  readonly use?: {
    readonly tools: MediaTools;
    readonly analyzer: FaceAnalyzer;
    readonly reader: FaceReader;
    readonly card: ModelCard;
    readonly clock: Clock;
  };
}): Promise<WatchResult> {
  const progress = options.progress ?? ((line: string) => void process.stderr.write(`${line}\n`));
  if (options.use) return watch({ ...options, progress, ...options.use });
  const config = loadConfig(process.env);
  const tools = openMedia(config, progress);
  const faces = await openFaces(config);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await watch({
      ...options,
      ...{ progress, tools, analyzer: faces.analyzer, reader: faces.reader, card: faces.card, clock: systemClock },
      signal: options.signal ?? interrupted.signal,
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await faces.close();
  }
}

async function watch(options: {
  readonly source: string;
  readonly gallery?: string;
  readonly signal?: AbortSignal;
  readonly progress: (line: string) => void;
  readonly tools: MediaTools;
  readonly analyzer: FaceAnalyzer;
  readonly reader: FaceReader;
  readonly card: ModelCard;
  readonly clock: Clock;
}): Promise<WatchResult> {
  const { progress, reader, clock } = options;
  const startedAt = performance.now();
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const source = await openSource({ tools: options.tools, clock, url: options.source, signal });
  const { gallery, withoutFace } = await readGallery(options.analyzer, options.gallery);
  if (options.gallery !== undefined)
    progress(`gallery: ${gallery.length} people, ${withoutFace.length} photographs without a face`);

  const session = createCameraSession({
    cameraId: 'watch',
    reader,
    recognise: true,
    canGoBack: source.canGoBack,
    glances: isLive(options.source) ? 'arrival' : 'grid',
  });
  const found = new Map<string, AppearanceState>();
  const device = new Map<string, StateInterval>();
  let info: WatchResult['source'] = { width: 0, height: 0, fps: null, seconds: null };
  let zero: number | null = null;
  let frames = 0;
  let toldAt = startedAt;
  let failure: DomainError | null = null;
  await driveSession({
    source,
    session,
    before: (event) => {
      if (event.kind === 'connected') {
        const { width, height, fps, durationMs } = event.video;
        info = { width, height, fps, seconds: durationMs === null ? null : durationMs / 1000 };
        // A file counts from its own beginning, a stream from its first picture.
        zero ??= durationMs === null ? event.at : 0;
        progress(
          `${width}×${height}${fps === null ? '' : `, ${fps} fps`}${durationMs === null ? ', live' : `, ${Math.round(durationMs / 1000)} s`}`,
        );
      } else if (event.kind === 'failed') {
        progress(event.error.message);
        failure = event.error;
        // A stream that never showed anything is an error; one that ended has been watched.
        stop.abort();
      } else if (event.kind === 'frame') {
        frames++;
        if (performance.now() - toldAt < PROGRESS_EVERY_MS) return;
        toldAt = performance.now();
        progress(
          `${seconds(event.frame.at - (zero ?? 0))} s, ${found.size} appearances, ${session.peopleInSight} in sight`,
        );
      }
    },
    out: async (events) => {
      for (const event of events) {
        if (event.kind === 'appearance') found.set(event.appearance.id, event.appearance);
        else if (event.kind === 'device') device.set(event.id, event.interval);
      }
    },
  });
  if (frames === 0) {
    throw (
      failure ??
      (info.seconds !== null && info.seconds < 1
        ? new DomainError('source_unavailable', 'this is a single picture, or a film of less than a second', {
            remedy: 'Name footage of some seconds: people are followed from picture to picture.',
          })
        : new DomainError('source_unavailable', 'the source showed no picture', {
            remedy: 'Try it in another player.',
          }))
    );
  }
  const from = zero ?? 0;
  return {
    source: info,
    appearances: [...found.values()]
      .sort((a, b) => a.from - b.from)
      .map((appearance) => ({
        from: seconds(appearance.from - from),
        to: seconds(appearance.to - from),
        faces: appearance.faces,
        quality: round(appearance.quality),
        best: bestOf(appearance, gallery, options.card),
        presentation: shownOf(appearance),
      })),
    device: [...device.values()]
      .sort((a, b) => a.from - b.from)
      .map((each) => ({
        state: each.state,
        from: seconds(each.from - from),
        to: each.to === null ? null : seconds(each.to - from),
      })),
    galleryWithoutFace: withoutFace,
    framesRead: frames,
    framesDropped: source.framesDropped,
    seconds: seconds(performance.now() - startedAt),
  };
}

const isLive = (source: string): boolean => !isFootage(source) && normaliseSource(source).live;
const round = (value: number): number => Math.round(value * 1000) / 1000;
const seconds = (ms: number): number => round(ms / 1000);

async function readGallery(
  analyzer: FaceAnalyzer,
  dir: string | undefined,
): Promise<{ gallery: GalleryEntry[]; withoutFace: string[] }> {
  if (dir === undefined) return { gallery: [], withoutFace: [] };
  const withoutFace: string[] = [];
  const byPerson = new Map<string, { template: FaceTemplate; weight: number }[]>();
  for (const photo of await listPhotos(dir)) {
    const main = await readMainFace(analyzer, photo, MIN_PORTRAIT_FACE_PX);
    const template = main ? (await analyzer.describe([main.face]))[0] : undefined;
    if (main && template)
      byPerson.set(photo.person, [
        ...(byPerson.get(photo.person) ?? []),
        { template, weight: main.face.quality.value },
      ]);
    else withoutFace.push(photo.file);
  }
  const gallery = [...byPerson].map(([person, shots]) => ({
    person,
    template: poolTemplates(shots),
    quality: Math.max(...shots.map(({ weight }) => weight)),
  }));
  return { gallery, withoutFace };
}

function shownOf({ presentation }: AppearanceState): Omit<Presentation, 'looks'> | null {
  if (presentation == null) return null;
  const { suspected, kind, strength } = presentation;
  return { suspected, kind, strength };
}

function bestOf(appearance: AppearanceState, gallery: readonly GalleryEntry[], card: ModelCard): WatchedPerson | null {
  const { template } = appearance;
  if (template === null || gallery.length === 0) return null;
  const judged = gallery.map((entry) => ({
    entry,
    judgement: judge(
      {
        cosine: compareTemplates(template, entry.template),
        quality: appearance.quality,
        portraitQuality: entry.quality,
      },
      card,
    ),
  }));
  const best = judged.reduce((a, b) => (b.judgement.score > a.judgement.score ? b : a));
  const verdict = { match: 'match', uncertain: 'cannot_tell', beyond_genuine_tail: 'mismatch' } as const;
  const told = verdict[best.judgement.zone];
  const suspected = isSuspected(appearance.presentation);
  return {
    person: best.entry.person,
    llr: round(best.judgement.llr / Math.LN10),
    verdict: suspected ? 'cannot_tell' : told,
    ...(suspected && told !== 'cannot_tell' && { reason: 'presentation_suspected' as const }),
  };
}
