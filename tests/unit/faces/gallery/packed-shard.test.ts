import { expect, it } from 'vitest';
import { createGallery } from '../../../../src/faces/gallery/gallery.ts';
import { openShard, packShard, sealShard, thinnedShard } from '../../../../src/faces/gallery/packed-shard.ts';
import { type Keyring, openWith, sealWith } from '../../../../src/platform/crypto.ts';
import { families, idOf } from './vectors.ts';

const key = Buffer.alloc(32, 7);
const keyring: Pick<Keyring, 'seal' | 'open'> = {
  seal: (purpose, plain, context = '') => sealWith(key, 1, plain, `${purpose}:${context}`),
  open: (purpose, sealed, context = '') => openWith(key, sealed, `${purpose}:${context}`),
};

const vectors = families(300, 128);
const shard = packShard(
  { version: 'v', dimension: 128 },
  vectors.map((vector, i) => ({ id: idOf(i), vector })),
);

it('comes back as it went, and finds the same people as if it had never rested', async () => {
  const back = openShard(keyring, idOf(900), sealShard(keyring, idOf(900), shard));
  expect(back).toEqual(shard);
  const [rested, fresh] = [
    createGallery({ version: 'v', dimension: 128 }),
    createGallery({ version: 'v', dimension: 128 }),
  ];
  await rested.addPacked(back);
  await fresh.add(vectors.map((vector, i) => ({ id: idOf(i), vector })));
  expect(await rested.scan([vectors[9] as Float32Array], 10)).toEqual(
    await fresh.scan([vectors[9] as Float32Array], 10),
  );
  await expect(rested.addPacked({ ...back, version: 'w' })).rejects.toThrow(/does not belong/);
});

it('shows nothing of a face on the disk: neither numbers nor ids', () => {
  const sealed = sealShard(keyring, idOf(900), shard);
  for (let i = 0; i < 300; i += 50) {
    const row = Buffer.from(shard.rows.buffer, i * 128, 128);
    expect(sealed.indexOf(row.subarray(0, 16))).toBe(-1);
  }
  expect(sealed.indexOf(Buffer.from(idOf(7).replaceAll('-', ''), 'hex'))).toBe(-1);
  expect(sealed.indexOf(Buffer.from(vectors[0]?.buffer ?? new ArrayBuffer(0)).subarray(0, 16))).toBe(-1);
});

it('is not believed when a byte was changed, when it stands in for another, or when it is cut off', () => {
  const sealed = sealShard(keyring, idOf(900), shard);
  const bent = Buffer.from(sealed);
  bent.writeUInt8(bent.readUInt8(5_000) ^ 1, 5_000);
  const cases: [string, Buffer][] = [
    [idOf(900), bent],
    [idOf(901), sealed],
    [idOf(900), sealed.subarray(0, 4_000)],
    [idOf(900), keyring.seal('biometric', Buffer.from('something else'), `gallery-shard:${idOf(900)}`)],
  ];
  for (const [id, bytes] of cases) {
    let failure: unknown;
    try {
      openShard(keyring, id, bytes);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ code: 'integrity', details: { remedy: expect.stringMatching(/packed again/) } });
  }
});

it('leaves out for good who was removed', () => {
  const thin = thinnedShard(shard, (id) => id !== idOf(4));
  expect(thin.ids).toHaveLength(299);
  const row = Buffer.from(shard.rows.buffer, 4 * 128, 128);
  expect(Buffer.from(thin.rows.buffer).indexOf(row)).toBe(-1);
  expect(Buffer.from(thin.rows.buffer).indexOf(Buffer.from(shard.rows.buffer, 299 * 128, 128))).toBe(298 * 128);
  expect(thin.scales[298]).toBe(shard.scales[299]);
});
