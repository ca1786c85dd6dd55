import type { Like } from '../like.ts';

export const zh = {
  title: '今日',
};

export const en: Like<typeof zh> = {
  title: 'Today',
};
