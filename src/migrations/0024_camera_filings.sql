-- What is filed for one camera (an outage, a change of the layout) explains nothing of the others. Null: of the whole clinic.
alter table filings add column camera_id text references cameras (id);
