import type { Like } from '../like.ts';

export const zh = {
  title: '规则',
};

export const en: Like<typeof zh> = {
  title: 'Rules',
};
