import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DomainError } from '../platform/errors.ts';

/**
 * Recorded footage that is played as a camera: which file shows which moment. Where no file covers a moment, the camera
 * had no power. Files that follow each other must not overlap; a later one cuts an earlier one short.
 */
export const FootageIndexSchema = Type.Object({
  startsAt: Type.String({ description: 'ISO 8601 with zone: before it the camera did not exist' }),
  segments: Type.Array(
    Type.Object({
      startsAt: Type.String({ description: 'ISO 8601 with zone: device time of the first frame' }),
      file: Type.String({ minLength: 1, description: 'path, relative to the index' }),
    }),
  ),
});

export interface FootageIndex {
  readonly startsAt: number;
  /** In order of time; `file` is absolute. */
  readonly segments: readonly { readonly startsAt: number; readonly file: string }[];
}

/** @throws DomainError `source_unavailable` when the file is missing, `invalid_input` when it is not such an index */
export async function readFootageIndex(path: string): Promise<FootageIndex> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new DomainError(
      'source_unavailable',
      `the footage index ${path} cannot be read`,
      { remedy: 'Check the path of the camera.' },
      { cause: error },
    );
  });
  return parseFootageIndex(text, dirname(path));
}

export function parseFootageIndex(text: string, directory: string): FootageIndex {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DomainError(
      'invalid_input',
      'the footage index is no JSON',
      { remedy: 'See docs: {"startsAt", "segments": [{"startsAt", "file"}]}' },
      { cause: error },
    );
  }
  if (!Value.Check(FootageIndexSchema, value)) {
    const first = [...Value.Errors(FootageIndexSchema, value)][0];
    throw new DomainError(
      'invalid_input',
      `the footage index is not as it must be: ${first?.instancePath ?? ''} ${first?.message ?? ''}`,
      {
        remedy: 'It needs startsAt and segments, each with startsAt and file.',
      },
    );
  }
  const index = value as Static<typeof FootageIndexSchema>;
  const segments = index.segments
    .map((segment) => ({ startsAt: instant(segment.startsAt), file: resolve(directory, segment.file) }))
    .sort((a, b) => a.startsAt - b.startsAt);
  return { startsAt: instant(index.startsAt), segments };
}

function instant(text: string): number {
  const ms = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new DomainError('invalid_input', `${text} is no moment in time`, {
      remedy: 'Write ISO 8601 with its zone, as 2026-03-17T08:30:00+08:00.',
    });
  }
  return ms;
}

/** The file for the moment `at`, or the stretch without one: `until` is the next file's start, null when there is none. */
export type FootagePlace =
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly startsAt: number;
      readonly endsAt: number;
      readonly number: number;
    }
  | { readonly kind: 'nothing'; readonly until: number | null };

/** @param lengthMs the length of each segment's file, in the index's order; unknown ones (null) last until the next starts */
export function placeAt(index: FootageIndex, lengthMs: readonly (number | null)[], at: number): FootagePlace {
  for (const [number, segment] of index.segments.entries()) {
    if (segment.startsAt > at) return { kind: 'nothing', until: segment.startsAt };
    const next = index.segments[number + 1]?.startsAt ?? Number.POSITIVE_INFINITY;
    const endsAt = Math.min(next, segment.startsAt + (lengthMs[number] ?? Number.POSITIVE_INFINITY));
    if (at < endsAt) return { kind: 'file', file: segment.file, startsAt: segment.startsAt, endsAt, number };
  }
  return { kind: 'nothing', until: null };
}
