import type { Like } from '../like.ts';

export const zh = {
  title: '人脸模型',
};

export const en: Like<typeof zh> = {
  title: 'Face models',
};
