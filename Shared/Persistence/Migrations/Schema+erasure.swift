/// The SQL of erasure: one function that person-service calls, and its helpers.
extension Migration {
    /// The numbers of erased persons.
    ///
    /// The plain number, not a keyed digest: a number comes from a sequence and is never assigned again, so that it
    /// identifies no person after the erasure. A digest over 2³¹ numbers, with its key in the same database, could be
    /// inverted within minutes. The list distinguishes late locations from those of unknown persons, and a restore
    /// erases its persons again.
    static let erasureList: StaticString = """
        CREATE TABLE person_erasure (
            person_id integer PRIMARY KEY,
            erased_at timestamptz NOT NULL DEFAULT now()
        );
        """

    /// The person of a message: field 1 of a `LocationRecord`, or `person_id` of a JSON line; NULL without one.
    ///
    /// Unlike the consumer, it also reads messages that are malformed elsewhere, so that erasure finds their dead
    /// letters.
    static let messagePerson: StaticString = """
        CREATE FUNCTION location_message_person(message bytea) RETURNS integer
        LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        DECLARE
            size integer := octet_length(message);
            place integer := 0;
            octet integer;
            number bigint;
            tag bigint;
            shift integer;
            named text;
            person bigint;
        BEGIN
            IF size = 0 THEN RETURN NULL; END IF;
            IF get_byte(message, 0) IN (9, 10, 13, 32, 123) THEN
                BEGIN
                    named := convert_from(message, 'UTF8')::jsonb ->> 'person_id';
                EXCEPTION WHEN others THEN
                    named := substring(encode(message, 'escape') FROM '"person_id"\\s*:\\s*"?(\\d{1,10})');
                END;
                IF named ~ '^\\d{1,18}$' THEN person := named::bigint; END IF;
            ELSE
                BEGIN
                    WHILE place < size LOOP
                        tag := NULL;
                        -- The tag, and then what a varint or a length behind it says.
                        LOOP
                            number := 0;
                            shift := 0;
                            LOOP
                                octet := get_byte(message, place);
                                place := place + 1;
                                number := number | ((octet & 127)::bigint << shift);
                                shift := shift + 7;
                                EXIT WHEN octet < 128 OR shift > 63;
                            END LOOP;
                            EXIT WHEN tag IS NOT NULL;
                            tag := number;
                            EXIT WHEN tag & 7 NOT IN (0, 2);
                        END LOOP;
                        IF tag = 8 THEN person := number; END IF;
                        CASE tag & 7
                            WHEN 0 THEN NULL;
                            WHEN 1 THEN place := place + 8;
                            WHEN 2 THEN place := place + number;
                            WHEN 5 THEN place := place + 4;
                            ELSE EXIT;
                        END CASE;
                    END LOOP;
                EXCEPTION WHEN others THEN
                    -- It ends too early: what it has named so far counts.
                    NULL;
                END;
            END IF;
            RETURN CASE WHEN person BETWEEN 1 AND 2147483647 THEN person END;
        END
        $$;
        UPDATE dead_letter SET person_id = location_message_person(payload)
        WHERE person_id IS NULL AND reason <> 'unknown_schema_version';
        """

    /// Erases a person's messages from the embedded log.
    ///
    /// An erased message becomes empty, so that all others keep their offsets. The first function scans the blocks of
    /// the person's partition without a lock, at about two seconds per gigabyte. The second rewrites the blocks in
    /// which the person was found, at about two microseconds per message.
    static let logErasure: StaticString = """
        -- The same as PostgresLog.partition(of:among:).
        CREATE FUNCTION location_log_partition_of(person integer) RETURNS smallint LANGUAGE sql STABLE AS $$
            SELECT (((person::bigint * 2654435769) & 4294967295) * count(*) >> 32)::smallint FROM location_log_partition
        $$;

        -- How a record begins that is of a person: field 1 with the number as a varint.
        CREATE FUNCTION location_message_beginning(person integer) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
        DECLARE
            bytes bytea := '\\x08';
            rest integer := person;
        BEGIN
            WHILE rest >= 128 LOOP
                bytes := bytes || set_byte('\\x00'::bytea, 0, rest & 127 | 128);
                rest := rest >> 7;
            END LOOP;
            RETURN bytes || set_byte('\\x00'::bytea, 0, rest);
        END
        $$;

        CREATE FUNCTION location_log_blocks_with(person integer, since bigint, until bigint) RETURNS bigint[]
        LANGUAGE plpgsql STABLE AS $$
        DECLARE
            place smallint := location_log_partition_of(person);
            beginning bytea := location_message_beginning(person);
        BEGIN
            RETURN ARRAY(
                SELECT last_offset FROM location_log
                WHERE partition = place AND last_offset >= since AND last_offset - message_count < until
                    AND (position(beginning IN messages) > 0 OR position('"person_id"'::bytea IN messages) > 0)
            );
        END
        $$;

        CREATE FUNCTION erase_from_location_log_blocks(person integer, blocks bigint[]) RETURNS integer
        LANGUAGE plpgsql AS $$
        DECLARE
            place smallint := location_log_partition_of(person);
            beginning bytea := location_message_beginning(person);
            block record;
            size integer;
            start integer;
            at integer;
            kept integer;
            octet integer;
            length integer;
            shift integer;
            message bytea;
            pieces bytea[];
            erased integer := 0;
        BEGIN
            -- Joined with nothing, a value is read from its table once and not again for each byte.
            FOR block IN
                SELECT last_offset, messages || ''::bytea AS messages FROM location_log
                WHERE partition = place AND last_offset = ANY (blocks) ORDER BY last_offset FOR UPDATE
            LOOP
                size := octet_length(block.messages);
                at := 0;
                kept := 0;
                pieces := '{}';
                WHILE at < size LOOP
                    start := at;
                    length := 0;
                    shift := 0;
                    LOOP
                        octet := get_byte(block.messages, at);
                        at := at + 1;
                        length := length | (octet & 127) << shift;
                        EXIT WHEN octet < 128;
                        shift := shift + 7;
                    END LOOP;
                    message := substr(block.messages, at + 1, length);
                    at := at + length;
                    CONTINUE WHEN length = 0;
                    IF position(beginning IN message) > 0 OR get_byte(message, 0) IN (9, 10, 13, 32, 123) THEN
                        CONTINUE WHEN location_message_person(message) IS DISTINCT FROM person;
                        pieces := array_append(pieces, substr(block.messages, kept + 1, start - kept));
                        pieces := array_append(pieces, '\\x00'::bytea);
                        kept := at;
                        erased := erased + 1;
                    END IF;
                END LOOP;
                CONTINUE WHEN kept = 0;
                pieces := array_append(pieces, substr(block.messages, kept + 1));
                UPDATE location_log SET messages = (
                    SELECT string_agg(piece, ''::bytea ORDER BY number)
                    FROM unnest(pieces) WITH ORDINALITY AS p (piece, number)
                )
                WHERE partition = place AND last_offset = block.last_offset;
            END LOOP;
            RETURN erased;
        END
        $$;

        -- For messages that came into the log after their person had been erased.
        CREATE FUNCTION erase_from_location_log(person integer, since bigint, until bigint) RETURNS integer
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT erase_from_location_log_blocks(person, location_log_blocks_with(person, since, until))
        $$;
        """

    /// Erases a person and all of the person's data; false if no person has this number.
    ///
    /// It runs with its owner's rights, so that its caller needs no rights on locations, the log and the dead letters.
    static let personErasure: StaticString = """
        CREATE FUNCTION erase_person(erased integer) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            scanned bigint;
            blocks bigint[];
        BEGIN
            IF NOT EXISTS (SELECT FROM person WHERE id = erased) THEN RETURN false; END IF;
            -- Before the lock, for it may take long. What comes meanwhile is looked at under the lock.
            SELECT next_offset INTO scanned FROM location_log_partition
            WHERE partition = location_log_partition_of(erased);
            blocks := location_log_blocks_with(erased, 0, scanned);
            -- AdvisoryLock.erasure
            PERFORM pg_advisory_xact_lock(1969512707);
            DELETE FROM person WHERE id = erased;
            IF NOT FOUND THEN RETURN false; END IF;
            INSERT INTO person_erasure (person_id) VALUES (erased) ON CONFLICT DO NOTHING;
            -- Two statements, each of which one of the partial indexes serves.
            DELETE FROM location WHERE person_id = erased AND id >= 4294967296;
            DELETE FROM location WHERE person_id = erased AND id < 4294967296;
            DELETE FROM dead_letter WHERE person_id = erased;
            PERFORM erase_from_location_log_blocks(
                erased,
                blocks || location_log_blocks_with(erased, scanned, 9223372036854775807)
            );
            PERFORM pg_notify('person_erased', erased::text);
            RETURN true;
        END
        $$;
        REVOKE EXECUTE ON FUNCTION erase_person(integer), erase_from_location_log(integer, bigint, bigint) FROM PUBLIC;
        """
}
