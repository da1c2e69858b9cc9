-- Requests that did not do what they asked for: what a developer comes to the list for, and few among many. One of those that
-- were answered writes nothing here.
CREATE INDEX request_log_refused_idx ON request_log (org_id, id) WHERE status >= 400;
