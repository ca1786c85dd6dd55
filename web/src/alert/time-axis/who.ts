/** Who an appearance is taken for, in the order of the legend. */
export const WHO_KEYS = ['claimed', 'proxy', 'household', 'staff', 'other', 'unknown'] as const;
