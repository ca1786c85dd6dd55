import type { Like } from '../like.ts';

export const zh = {
  title: '报告',
};

export const en: Like<typeof zh> = {
  title: 'Reports',
};
