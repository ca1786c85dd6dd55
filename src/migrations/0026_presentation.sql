-- What speaks for a photograph or a screen in a face's place: {suspected, kind, strength, looks}. Null: nobody looked.
alter table appearances add column presentation jsonb;
