import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { listPhotos } from '../../../src/faces/photo-folder.ts';

it('lists people whose folders are links, and no stray files or broken links', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'claimsight-photos-'));
  try {
    await mkdir(path.join(dir, 'elsewhere', 'ann'), { recursive: true });
    await writeFile(path.join(dir, 'elsewhere', 'ann', '1.jpg'), '');
    await mkdir(path.join(dir, 'set', 'bea'), { recursive: true });
    await writeFile(path.join(dir, 'set', 'bea', '2.PNG'), '');
    await writeFile(path.join(dir, 'set', 'bea', 'notes.txt'), '');
    await writeFile(path.join(dir, 'set', 'readme.jpg'), '');
    await symlink(path.join(dir, 'elsewhere', 'ann'), path.join(dir, 'set', 'ann'));
    await symlink(path.join(dir, 'nowhere'), path.join(dir, 'set', 'gone'));
    const photos = await listPhotos(path.join(dir, 'set'));
    expect(photos.map(({ person, file }) => [person, path.basename(file)])).toEqual([
      ['ann', '1.jpg'],
      ['bea', '2.PNG'],
    ]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
