-- A statement that was sent on a guess, with its COMMIT behind it, ends its transaction where the guess was wrong: nothing
-- of it stands then, and whoever sent it does the same again with what is so.
CREATE FUNCTION foreseen(holds boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF holds THEN RETURN true; END IF;
  RAISE EXCEPTION 'not as it was foreseen' USING ERRCODE = 'BHF02';
END $$;
