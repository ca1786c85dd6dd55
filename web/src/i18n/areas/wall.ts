import type { Like } from '../like.ts';

export const zh = {
  title: '摄像机墙',
};

export const en: Like<typeof zh> = {
  title: 'Camera wall',
};
