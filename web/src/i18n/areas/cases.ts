import type { Like } from '../like.ts';

export const zh = {
  title: '案件',
};

export const en: Like<typeof zh> = {
  title: 'Cases',
};
