import type { Like } from '../like.ts';

export const zh = {
  title: '审核流程',
};

export const en: Like<typeof zh> = {
  title: 'Review',
};
