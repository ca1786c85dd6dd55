import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fetchClinics, keys } from '../api/queries.ts';
import type { AlertItem } from '../api/types.ts';
import { useRight } from '../session/session.tsx';

/** The clinics that one can choose: those of the reader's region, and whatever clinic stands in the list. */
export function useClinicOptions(items: readonly AlertItem[]): { value: string; label: string }[] {
  const clinics = useClinics();
  return useMemo(() => {
    const names = new Map(clinics.map((clinic) => [clinic.code, clinic.name]));
    for (const { clinic } of items) names.set(clinic.code, clinic.name);
    return [...names].map(([value, name]) => ({ value, label: `${name} ${value}` }));
  }, [clinics, items]);
}

const NONE: Awaited<ReturnType<typeof fetchClinics>> = [];

export function useClinics() {
  const enabled = useRight('clinics.read');
  const clinics = useQuery({ queryKey: keys.clinics, queryFn: fetchClinics, staleTime: 300_000, enabled });
  return clinics.data ?? NONE;
}
