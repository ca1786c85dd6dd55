import type { Like } from '../like.ts';

export const zh = {
  title: '照片冲突',
};

export const en: Like<typeof zh> = {
  title: 'Portrait conflicts',
};
