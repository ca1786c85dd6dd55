import type { Like } from '../like.ts';

export const zh = {
  title: '接入摄像机',
};

export const en: Like<typeof zh> = {
  title: 'Connect a camera',
};
