-- What bulk work brings back by clinic and day lies together by time: a summary of each stretch finds it, and costs those
-- who write next to nothing.
create index seen_message_received on seen_message using brin (received_at) with (pages_per_range = 32, autosummarize = on);
create index settlement_key_at on settlement_key using brin (at) with (pages_per_range = 32, autosummarize = on);
create index fee_lines_at on fee_lines using brin (at) with (pages_per_range = 32, autosummarize = on);
create index claim_reversals_clinic on claim_reversals (clinic_code, at);
