import { Type } from 'typebox';
import type { Keyring } from '../platform/crypto.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { formatCameraAddress } from './camera-address.ts';
import { addressFromPreset, type CameraPreset, PresetSource } from './presets.ts';

/** Where a request's stream is: a whole address, or brand and host. */
export const StreamSource = {
  sourceUrl: Type.Optional(
    Type.String({ maxLength: 2000, description: 'rtsp://user:password@host:554/path; never told again' }),
  ),
  source: Type.Optional(PresetSource),
};

export interface StreamSourceInput {
  readonly sourceUrl?: string;
  readonly source?: PresetSource;
}

/** The address that a request means, with its log-in; undefined: it names none. @throws DomainError `invalid_input` */
export function sourceUrlOf(presets: readonly CameraPreset[], input: StreamSourceInput): string | undefined {
  if (input.source === undefined) return input.sourceUrl;
  if (input.sourceUrl !== undefined) {
    throw new DomainError('invalid_input', '只填 sourceUrl 或 source 之一 / send sourceUrl or source, not both');
  }
  return formatCameraAddress(addressFromPreset(presets, input.source), true);
}

/** The stored address of a camera, opened; null: it has none, or pushes. For this room only: never return it, never log it. */
export async function storedSourceUrl(db: Queryable, keyring: Keyring, cameraId: string): Promise<string | null> {
  const { rows } = await db.query<{ source_url_enc: Buffer | null }>(
    'select source_url_enc from cameras where id = $1',
    [cameraId],
  );
  const sealed = rows[0]?.source_url_enc ?? null;
  return sealed === null ? null : keyring.openText('secret', sealed, `camera:${cameraId}`);
}
