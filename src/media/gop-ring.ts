import { existsSync } from 'node:fs';
import { link, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FfmpegOutput } from './ffmpeg/arguments.ts';
import { segmentOutput } from './ffmpeg/arguments.ts';
import { createFragmentReader, type Fragment, type FragmentReader } from './fragments.ts';
import type { RecordedSegment } from './frame.ts';

/** A group of pictures of the compressed stream, whole on disk; times are device time. */
export interface Gop extends Fragment {
  /** The file it lies in; one decoder reads one file. */
  readonly file: RingFile;
  readonly from: number;
  readonly to: number;
}

export interface RingFile {
  readonly number: number;
  readonly path: string;
  readonly reader: FragmentReader;
}

/**
 * The last seconds of a live camera's compressed stream, as ffmpeg writes it beside what it shows: groups of pictures in a
 * folder of its own. A group becomes readable when the next one begins.
 */
export interface GopRing {
  readonly output: FfmpegOutput;
  /**
   * Takes in what has become whole. `at`: when the newest keyframe arrived, which is where the newest whole group ends;
   * earlier ones go before it by their own length.
   */
  scan(at: number): Promise<void>;
  /** Oldest first. */
  readonly gops: readonly Gop[];
  /** Median length of the last groups; null: none is whole yet. */
  readonly gopMs: number | null;
  /** Finished files that nobody was given yet, each under a name of its own that is the receiver's. */
  finished(over?: boolean): Promise<RecordedSegment[]>;
  /** The file that shows a moment, as far as it is written. */
  fileAt(at: number): { readonly path: string; readonly from: number } | null;
  /** Forgets what ended before `before`. */
  forget(before: number): Promise<void>;
  remove(): Promise<void>;
}

const RECENT = 5;

export async function openGopRing(options: { readonly seconds: number; readonly parent?: string }): Promise<GopRing> {
  const directory = await mkdtemp(join(options.parent ?? tmpdir(), `claimsight-ring-${process.pid}-`));
  const pathOf = (number: number): string => join(directory, `${String(number).padStart(6, '0')}.mp4`);
  const output = segmentOutput({
    directory: directory.replaceAll('%', '%%'),
    seconds: options.seconds,
    container: 'mp4',
    listed: 1,
  });
  let files: RingFile[] = [];
  let gops: Gop[] = [];
  let lengths: number[] = [];
  let handedOver = 0;
  let newest = 0;
  let scanning: Promise<void> = Promise.resolve();

  const enter = async (number: number): Promise<RingFile | null> => {
    const path = pathOf(number);
    if (!existsSync(path)) return null;
    const file = await open(path, 'r').catch(() => null);
    if (file === null) return null;
    const entered: RingFile = { number, path, reader: createFragmentReader(file) };
    files.push(entered);
    newest = number + 1;
    return entered;
  };

  const isYoung = (file: RingFile): boolean => {
    const inside = gops.filter((gop) => gop.file === file);
    const [first, last] = [inside[0], inside.at(-1)];
    if (!first || !last) return false;
    return last.to - first.from + 2 * (last.to - last.from) < options.seconds * 1000;
  };

  const scanOnce = async (at: number): Promise<void> => {
    const fresh: { file: RingFile; fragment: Fragment }[] = [];
    let current = files.at(-1) ?? (await enter(newest));
    while (current !== null) {
      const file = current;
      // Looked for before the reading: what is written when there is a next file is all there will be. Not while this one is
      // young: most looks would be in vain.
      const next: RingFile | null = isYoung(file) ? null : await enter(newest);
      for (const fragment of file.reader.fresh()) fresh.push({ file, fragment });
      current = next;
    }
    let to = at;
    const placed = fresh.reverse().map(({ file, fragment }) => {
      const from = to - (fragment.durationMs ?? 0);
      const gop = { ...fragment, file, from, to };
      to = from;
      return gop;
    });
    for (const gop of placed.reverse()) {
      const last = gops.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
      // Groups never overlap: what arrived in a burst is squeezed together.
      const from = gop.durationMs === null ? Math.max(last, at - 1_000) : Math.max(last, gop.from);
      gops.push({ ...gop, from: Math.min(from, at), to: Math.max(gop.to, Math.min(from, at)) });
      if (gop.durationMs !== null) lengths = [...lengths, gop.durationMs].slice(-RECENT);
    }
  };

  return {
    output,
    scan: (at) => {
      scanning = scanning.then(() => scanOnce(at));
      return scanning;
    },
    get gops() {
      return gops;
    },
    get gopMs() {
      return lengths.length === 0 ? null : (lengths.toSorted((a, b) => a - b)[lengths.length >> 1] ?? null);
    },
    async finished(over = false) {
      const ready = files.filter(({ number }) => number >= handedOver && (over || number < newest - 1));
      const segments: RecordedSegment[] = [];
      for (const file of ready) {
        handedOver = file.number + 1;
        const inside = gops.filter((gop) => gop.file === file);
        const [first, last] = [inside[0], inside.at(-1)];
        if (!first || !last || last.to <= first.from) continue;
        const path = `${file.path}.whole`;
        await link(file.path, path);
        segments.push({ from: Math.round(first.from), to: Math.round(last.to), path, mediaType: 'video/mp4' });
      }
      return segments;
    },
    fileAt(at) {
      const shown = gops.find((gop) => gop.from <= at && gop.to > at);
      const first = shown && gops.find((gop) => gop.file === shown.file);
      return shown && first ? { path: shown.file.path, from: first.from } : null;
    },
    async forget(before) {
      gops = gops.filter((gop) => gop.to > before);
      const kept = new Set(gops.map((gop) => gop.file));
      const gone = files.filter((file) => file !== files.at(-1) && file.number < handedOver && !kept.has(file));
      files = files.filter((file) => !gone.includes(file));
      for (const file of gone) {
        await file.reader.close();
        await rm(file.path, { force: true });
      }
    },
    async remove() {
      await scanning.catch(() => undefined);
      for (const file of files) await file.reader.close();
      files = [];
      await rm(directory, { recursive: true, force: true });
    },
  };
}
