-- Tabs that wait for a session are told when it moves: a notice carries the session's id and nothing else, is sent
-- when the transaction commits, and what became of the session is then read like any other row of a tenant.
CREATE FUNCTION tell_session_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'connect_sessions' THEN
    PERFORM pg_notify('behalf_session', NEW.id::text);
  ELSE
    PERFORM pg_notify('behalf_session', NEW.session_id::text);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER tell_change AFTER UPDATE ON connect_sessions FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_session_change();
-- Whether an admin still has to decide belongs to what the tab shows.
CREATE TRIGGER tell_asked AFTER INSERT ON connection_requests FOR EACH ROW EXECUTE FUNCTION tell_session_change();
CREATE TRIGGER tell_decided AFTER UPDATE ON connection_requests FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_session_change();
