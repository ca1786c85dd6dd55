import type { Like } from '../like.ts';

export const zh = {
  title: '审计',
};

export const en: Like<typeof zh> = {
  title: 'Audit',
};
