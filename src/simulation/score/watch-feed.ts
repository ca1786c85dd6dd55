import type { FeedKind } from '../feed/feed-line.ts';
import type { NumberedLine } from '../feed/normal-line.ts';
import { openFeed } from '../feed/read-feed.ts';

/** Something that goes through a feed for what it needs. */
export interface FeedWatcher {
  readonly kinds: ReadonlySet<FeedKind>;
  /** Of these kinds only what belongs to these clinics; absent: all. */
  readonly clinics?: ReadonlySet<string>;
  /** Of what is said of people only what names one of these; absent: all. */
  readonly people?: ReadonlySet<string>;
  /** Of messages only those with one of these words in their text; absent: all. */
  readonly words?: readonly string[];
  readonly see: (line: NumberedLine, clinicOfCamera: (camera: string) => string | undefined) => void;
}

export type Progress = (bytesRead: number, bytes: number) => void;

const CAMERA = /"camera"\s*:\s*"([^"\\]+)"/;
const CLINIC = /"(?:fixmedins_code|clinic)"\s*:\s*"([^"\\]+)"/;
const KIND = /"kind"\s*:\s*"(\w+)"/;
const ID = /"id"\s*:\s*"([^"\\]+)"/;
const PERSON = /"psn_no"\s*:\s*"([^"\\]+)"/;
const PROXY = /"proxyPsnNo"\s*:\s*"([^"\\]+)"/;
const BY_PERSON: ReadonlySet<string> = new Set(['person', 'status', 'proxy']);
const BY_CAMERA: ReadonlySet<string> = new Set(['appearance', 'watermark', 'device']);

/**
 * Goes through a feed once for several watchers. What none of them asks for is passed by on a look at its text, without being
 * read: a city's appearances are most of its bytes.
 */
export async function watchFeed(dir: string, watchers: readonly FeedWatcher[], progress?: Progress): Promise<void> {
  const clinicOfCamera = new Map<string, string>();
  const wanted = (watcher: FeedWatcher, text: string, kind: string): boolean => {
    if (!watcher.kinds.has(kind as FeedKind)) return false;
    if (kind === 'message' && watcher.words && !watcher.words.some((word) => text.includes(word))) return false;
    if (BY_PERSON.has(kind)) {
      const psnNo = PERSON.exec(text)?.[1];
      const proxy = PROXY.exec(text)?.[1];
      const { people } = watcher;
      return people === undefined || psnNo === undefined || people.has(psnNo) || people.has(proxy ?? '');
    }
    if (!watcher.clinics) return true;
    const code = BY_CAMERA.has(kind) ? clinicOfCamera.get(CAMERA.exec(text)?.[1] ?? '') : CLINIC.exec(text)?.[1];
    // What cannot be told from the text is read.
    return code === undefined || watcher.clinics.has(code);
  };
  const only = new Set<FeedKind>(['camera', ...watchers.flatMap(({ kinds }) => [...kinds])]);
  const feed = await openFeed(dir, {
    only,
    when: (text) => {
      const kind = KIND.exec(text)?.[1];
      if (kind === 'camera') {
        // Known before its line is read: the lines behind it in the same piece are looked at first.
        const id = ID.exec(text)?.[1];
        const clinic = CLINIC.exec(text)?.[1];
        if (id !== undefined && clinic !== undefined) clinicOfCamera.set(id, clinic);
      }
      return kind === undefined || kind === 'camera' || watchers.some((watcher) => wanted(watcher, text, kind));
    },
  });
  const lookup = (camera: string): string | undefined => clinicOfCamera.get(camera);
  for await (const batch of feed.batches()) {
    for (const numbered of batch) {
      const { line } = numbered;
      if (line.kind === 'camera') clinicOfCamera.set(line.id, line.clinic);
      for (const watcher of watchers) if (watcher.kinds.has(line.kind)) watcher.see(numbered, lookup);
    }
    progress?.(feed.progress.bytesRead, feed.bytes);
  }
  progress?.(feed.bytes, feed.bytes);
}
