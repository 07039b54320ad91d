/// The SQL of a second region.
extension Migration {
    /// The regions, and what a database does with rows that arrive from the other one by logical replication.
    ///
    /// `region` has a row for each region, with the time of its last sign of life. `own_region` is 1; `scripts/region set-up` replaces
    /// it in the second region. A partition of the queue has a home region, where its messages are appended. So an id tells its home,
    /// and the ids of two regions never collide. Each region stores the messages of all partitions by itself.
    ///
    /// The session of a replication worker runs only triggers that are enabled for it. Those that notify processes, and
    /// `remove_paused`, run for all rows. The others of this migration run for arriving rows only: they skip rows that exist already
    /// and rows of persons who no longer exist, and remove an erased person's locations, dead letters and messages.
    /// `remove_paused` removes the locations of a pause in each region, because only the pause of `forget_locations` is replicated;
    /// also those that a fast clock dated into the pause before it began.
    static let regions: StaticString = """
        CREATE TABLE region (
            number smallint PRIMARY KEY CHECK (number IN (1, 2)),
            seen_at timestamptz NOT NULL DEFAULT now()
        );
        INSERT INTO region (number) VALUES (1);
        CREATE FUNCTION own_region() RETURNS smallint LANGUAGE sql STABLE AS $$ SELECT 1::smallint $$;

        ALTER TABLE location_log_partition ADD COLUMN region smallint NOT NULL DEFAULT 1;
        ALTER TABLE zone_hint ADD COLUMN region smallint NOT NULL DEFAULT own_region();
        -- It has no primary key, by which the other region could find a removed row.
        ALTER TABLE access_role REPLICA IDENTITY FULL;

        -- A person's partition of each region. The same as PostgresLog.partition(of:among:).
        CREATE FUNCTION location_log_partitions_of(person integer) RETURNS smallint[] LANGUAGE sql STABLE AS $$
            SELECT array_agg((lowest + (((person::bigint * 2654435769) & 4294967295) * amount >> 32))::smallint ORDER BY lowest)
            FROM (SELECT min(partition) AS lowest, count(*) AS amount FROM location_log_partition GROUP BY region) p
        $$;
        -- The person's partition of this region.
        CREATE OR REPLACE FUNCTION location_log_partition_of(person integer) RETURNS smallint LANGUAGE sql STABLE AS $$
            SELECT (min(partition) + (((person::bigint * 2654435769) & 4294967295) * count(*) >> 32))::smallint
            FROM location_log_partition WHERE region = own_region()
        $$;

        -- The blocks of a partition that may have messages of a person; a block's number is last_offset * 64 + partition.
        DROP FUNCTION location_log_blocks_with(integer, bigint, bigint);
        CREATE FUNCTION location_log_blocks_with(person integer, place smallint, since bigint, until bigint) RETURNS bigint[]
        LANGUAGE plpgsql STABLE AS $$
        DECLARE
            beginning bytea := location_message_beginning(person);
        BEGIN
            RETURN ARRAY(
                SELECT last_offset * 64 + partition FROM location_log
                WHERE partition = place AND last_offset >= since AND last_offset - message_count < until
                    AND (position(beginning IN messages) > 0 OR position('"person_id"'::bytea IN messages) > 0)
            );
        END
        $$;

        CREATE OR REPLACE FUNCTION erase_from_location_log_blocks(person integer, blocks bigint[]) RETURNS integer
        LANGUAGE plpgsql AS $$
        DECLARE
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
                SELECT l.partition, l.last_offset, l.messages || ''::bytea AS messages
                FROM (SELECT DISTINCT (n & 63)::smallint AS partition, n >> 6 AS last_offset FROM unnest(blocks) AS n) wanted
                JOIN location_log l USING (partition, last_offset)
                ORDER BY l.partition, l.last_offset FOR UPDATE OF l
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
                WHERE partition = block.partition AND last_offset = block.last_offset;
            END LOOP;
            RETURN erased;
        END
        $$;

        CREATE OR REPLACE FUNCTION erase_from_location_log(person integer, since bigint, until bigint) RETURNS integer
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT sum(erase_from_location_log_blocks(person, location_log_blocks_with(person, place, since, until)))::integer
            FROM unnest(location_log_partitions_of(person)) AS p (place)
        $$;

        -- Erases a person's locations, dead letters and messages in this database, under the lock of erasure. `blocks` were found
        -- before the offsets in `scanned`, one for each of `places`.
        CREATE FUNCTION erase_locations(
            erased integer, places smallint[], scanned bigint[], blocks bigint[],
            OUT locations bigint, OUT dead_letters bigint, OUT messages bigint
        ) LANGUAGE plpgsql AS $$
        DECLARE
            part bigint;
            number integer;
        BEGIN
            -- Two statements, each of which one of the partial indexes serves.
            DELETE FROM location WHERE person_id = erased AND id >= 4294967296;
            GET DIAGNOSTICS locations = ROW_COUNT;
            DELETE FROM location WHERE person_id = erased AND id < 4294967296;
            GET DIAGNOSTICS part = ROW_COUNT;
            locations := locations + part;
            DELETE FROM dead_letter WHERE person_id = erased;
            GET DIAGNOSTICS dead_letters = ROW_COUNT;
            FOR number IN 1..cardinality(places) LOOP
                blocks := blocks || location_log_blocks_with(erased, places[number], scanned[number], 9223372036854775807);
            END LOOP;
            messages := erase_from_location_log_blocks(erased, blocks);
            PERFORM pg_notify('person_erased', erased::text);
        END
        $$;

        CREATE OR REPLACE FUNCTION erase_person(erased integer, receipt bytea DEFAULT NULL) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            places smallint[] := location_log_partitions_of(erased);
            scanned bigint[];
            blocks bigint[] := '{}';
            number integer;
            devices bigint;
            counts record;
        BEGIN
            IF NOT EXISTS (SELECT FROM person WHERE id = erased) THEN RETURN false; END IF;
            -- Before the lock, for it may take long. What comes meanwhile is looked at under the lock.
            SELECT array_agg(next_offset ORDER BY partition) INTO scanned
            FROM location_log_partition WHERE partition = ANY (places);
            FOR number IN 1..cardinality(places) LOOP
                blocks := blocks || location_log_blocks_with(erased, places[number], 0, scanned[number]);
            END LOOP;
            -- AdvisoryLock.erasure
            PERFORM pg_advisory_xact_lock(1969512707);
            SELECT count(*) INTO devices FROM device WHERE person_id = erased;
            DELETE FROM person WHERE id = erased;
            IF NOT FOUND THEN RETURN false; END IF;
            INSERT INTO person_erasure (person_id) VALUES (erased) ON CONFLICT DO NOTHING;
            SELECT * INTO counts FROM erase_locations(erased, places, scanned, blocks);
            IF receipt IS NOT NULL THEN
                DELETE FROM erasure_receipt WHERE erased_at < now() - interval '400 days';
                INSERT INTO erasure_receipt (digest, locations, devices, dead_letters, messages, queue)
                VALUES (
                    receipt, counts.locations, devices, counts.dead_letters, counts.messages,
                    CASE WHEN EXISTS (SELECT FROM location_queue WHERE identity <> 'postgres') THEN 'kafka'
                    ELSE 'postgres' END
                );
            END IF;
            RETURN true;
        END
        $$;

        CREATE OR REPLACE FUNCTION forget_locations(forgotten integer, since timestamptz) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            places smallint[] := location_log_partitions_of(forgotten);
            scanned bigint[];
            blocks bigint[] := '{}';
            number integer;
            latest timestamptz;
            removed bigint;
        BEGIN
            IF NOT EXISTS (SELECT FROM person WHERE id = forgotten) THEN RETURN NULL; END IF;
            SELECT array_agg(next_offset ORDER BY partition) INTO scanned
            FROM location_log_partition WHERE partition = ANY (places);
            -- Blocks of this time, and those that are not stored yet.
            FOR number IN 1..cardinality(places) LOOP
                blocks := blocks || location_log_blocks_with(
                    forgotten,
                    places[number],
                    least(
                        scanned[number],
                        coalesce((SELECT next_offset FROM location_offset WHERE partition = places[number]), 0),
                        (SELECT min(last_offset) FROM location_log WHERE partition = places[number] AND appended_at >= since)
                    ),
                    scanned[number]
                );
            END LOOP;
            -- AdvisoryLock.erasure: the consumer stores nothing meanwhile, and knows the pause afterwards.
            PERFORM pg_advisory_xact_lock(1969512707);
            WITH gone AS (
                DELETE FROM location WHERE person_id = forgotten AND creation_time >= since AND id >= 4294967296
                RETURNING creation_time
            )
            SELECT count(*), max(creation_time) INTO removed, latest FROM gone;
            -- The pause includes the removed locations of a fast clock, because the other region learns of nothing else.
            INSERT INTO pause AS known (person_id, begins, ends)
            VALUES (forgotten, since, greatest(clock_timestamp(), latest + interval '1 microsecond'))
            ON CONFLICT (person_id, begins) DO UPDATE SET ends = greatest(known.ends, excluded.ends)
                WHERE known.ends IS NOT NULL;
            DELETE FROM zone_hint WHERE person_id = forgotten AND seen_at >= since;
            DELETE FROM dead_letter WHERE person_id = forgotten AND appended_at >= since;
            FOR number IN 1..cardinality(places) LOOP
                blocks := blocks || location_log_blocks_with(
                    forgotten, places[number], scanned[number], 9223372036854775807
                );
            END LOOP;
            PERFORM erase_from_location_log_blocks(forgotten, blocks);
            PERFORM pg_notify(
                'locations_forgotten',
                forgotten || ':' || (extract(epoch FROM since) * 1000000)::bigint
            );
            RETURN removed;
        END
        $$;

        CREATE FUNCTION remove_paused() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            until timestamptz := coalesce(NEW.ends, 'infinity');
            place smallint;
        BEGIN
            IF current_setting('session_replication_role') = 'replica' THEN
                -- AdvisoryLock.erasure, as in forget_locations. What is not stored yet may be of a time after the pause; the consumer
                -- drops the rest of it, and notifies.
                PERFORM pg_advisory_xact_lock(1969512707);
                FOREACH place IN ARRAY location_log_partitions_of(NEW.person_id) LOOP
                    PERFORM erase_from_location_log_blocks(NEW.person_id, location_log_blocks_with(
                        NEW.person_id,
                        place,
                        (SELECT min(last_offset) FROM location_log WHERE partition = place AND appended_at >= NEW.begins),
                        (SELECT next_offset FROM location_offset WHERE partition = place)
                    ));
                END LOOP;
            END IF;
            DELETE FROM location
            WHERE person_id = NEW.person_id AND creation_time >= NEW.begins AND creation_time < until AND id >= 4294967296;
            DELETE FROM zone_hint WHERE person_id = NEW.person_id AND seen_at >= NEW.begins AND seen_at < until;
            DELETE FROM dead_letter WHERE person_id = NEW.person_id AND appended_at >= NEW.begins AND appended_at < until;
            PERFORM pg_notify('locations_forgotten', concat_ws(
                ':', NEW.person_id, (extract(epoch FROM NEW.begins) * 1000000)::bigint,
                (extract(epoch FROM NEW.ends) * 1000000)::bigint
            ));
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER remove_paused AFTER INSERT OR UPDATE ON pause FOR EACH ROW EXECUTE FUNCTION remove_paused();
        ALTER TABLE pause ENABLE ALWAYS TRIGGER remove_paused;

        CREATE FUNCTION erase_arrived() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            places smallint[] := location_log_partitions_of(NEW.person_id);
            scanned bigint[];
            blocks bigint[] := '{}';
            number integer;
        BEGIN
            -- As in erase_person: most is read before the lock.
            SELECT array_agg(next_offset ORDER BY partition) INTO scanned
            FROM location_log_partition WHERE partition = ANY (places);
            FOR number IN 1..cardinality(places) LOOP
                blocks := blocks || location_log_blocks_with(NEW.person_id, places[number], 0, scanned[number]);
            END LOOP;
            -- AdvisoryLock.erasure
            PERFORM pg_advisory_xact_lock(1969512707);
            PERFORM erase_locations(NEW.person_id, places, scanned, blocks);
            -- No row is removed with its person by a foreign key, because that does not work for arriving rows.
            DELETE FROM location_import WHERE person_id = NEW.person_id;
            DELETE FROM zone_hint WHERE person_id = NEW.person_id;
            DELETE FROM acquaintance WHERE viewer_id = NEW.person_id OR other_id = NEW.person_id;
            DELETE FROM device_status s WHERE NOT EXISTS (SELECT FROM device d WHERE d.id = s.device_id);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER erase_arrived AFTER INSERT ON person_erasure FOR EACH ROW EXECUTE FUNCTION erase_arrived();
        ALTER TABLE person_erasure ENABLE REPLICA TRIGGER erase_arrived;

        CREATE FUNCTION announce_arrived_messages() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('location_log', '');
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER announce_arrived_messages AFTER INSERT ON location_log
            FOR EACH ROW EXECUTE FUNCTION announce_arrived_messages();
        ALTER TABLE location_log ENABLE REPLICA TRIGGER announce_arrived_messages;

        CREATE FUNCTION keep_arrived_hint() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM person WHERE id = NEW.person_id) OR EXISTS (
                SELECT FROM zone_hint
                WHERE (person_id, seen_at, device, kind, digest)
                    = (NEW.person_id, NEW.seen_at, NEW.device, NEW.kind, NEW.digest)
            ) OR EXISTS (
                SELECT FROM pause
                WHERE person_id = NEW.person_id AND begins <= NEW.seen_at AND coalesce(ends, 'infinity') > NEW.seen_at
            ) THEN
                RETURN NULL;
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER keep_arrived_hint BEFORE INSERT ON zone_hint FOR EACH ROW EXECUTE FUNCTION keep_arrived_hint();
        ALTER TABLE zone_hint ENABLE REPLICA TRIGGER keep_arrived_hint;

        CREATE FUNCTION keep_arrived_acquaintance() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF (SELECT count(*) FROM person WHERE id IN (NEW.viewer_id, NEW.other_id)) < 2 OR EXISTS (
                SELECT FROM acquaintance WHERE (viewer_id, other_id) = (NEW.viewer_id, NEW.other_id)
            ) THEN
                RETURN NULL;
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER keep_arrived_acquaintance BEFORE INSERT ON acquaintance
            FOR EACH ROW EXECUTE FUNCTION keep_arrived_acquaintance();
        ALTER TABLE acquaintance ENABLE REPLICA TRIGGER keep_arrived_acquaintance;

        CREATE FUNCTION keep_arrived_status() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM device WHERE id = NEW.device_id) THEN RETURN NULL; END IF;
            UPDATE device_status
            SET (seen_at, clock_offset_ms, refused_at, refusal)
                = (NEW.seen_at, NEW.clock_offset_ms, NEW.refused_at, NEW.refusal)
            WHERE device_id = NEW.device_id;
            RETURN CASE WHEN FOUND THEN NULL ELSE NEW END;
        END
        $$;
        CREATE TRIGGER keep_arrived_status BEFORE INSERT ON device_status
            FOR EACH ROW EXECUTE FUNCTION keep_arrived_status();
        ALTER TABLE device_status ENABLE REPLICA TRIGGER keep_arrived_status;

        ALTER TABLE consent ENABLE ALWAYS TRIGGER consent_changed;
        ALTER TABLE pause ENABLE ALWAYS TRIGGER pause_changed;
        ALTER TABLE device ENABLE ALWAYS TRIGGER device_changed;
        ALTER TABLE event ENABLE ALWAYS TRIGGER event_changed;
        ALTER TABLE zone ENABLE ALWAYS TRIGGER event_changed;
        ALTER TABLE programme_session ENABLE ALWAYS TRIGGER event_changed;
        ALTER TABLE api_key ENABLE ALWAYS TRIGGER api_key_changed;
        ALTER TABLE access_session ENABLE ALWAYS TRIGGER access_session_changed;
        ALTER TABLE access_role ENABLE ALWAYS TRIGGER access_role_changed;
        ALTER TABLE emergency_access ENABLE ALWAYS TRIGGER emergency_access_changed;
        """
}
