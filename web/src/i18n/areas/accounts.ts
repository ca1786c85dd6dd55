import type { Like } from '../like.ts';

export const zh = {
  title: '账号',
};

export const en: Like<typeof zh> = {
  title: 'Accounts',
};
