import type { Like } from '../like.ts';

export const zh = {
  title: '驾驶舱',
};

export const en: Like<typeof zh> = {
  title: 'Cockpit',
};
