import type { Like } from '../like.ts';

export const zh = {
  title: '检索',
};

export const en: Like<typeof zh> = {
  title: 'Search',
};
