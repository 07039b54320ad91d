/// The SQL of receipts of erasures.
extension Migration {
    /// The receipts of erasures, and an erasure that writes one.
    ///
    /// A receipt does not name the person: who has its code can read it. It is kept for 400 days. `queue` is `kafka` if the
    /// person's messages were in Kafka, from where only retention removes them.
    static let erasureReceipts: StaticString = """
        CREATE TABLE erasure_receipt (
            digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
            erased_at timestamptz NOT NULL DEFAULT now(),
            locations bigint NOT NULL,
            devices bigint NOT NULL,
            dead_letters bigint NOT NULL,
            messages bigint NOT NULL,
            queue text NOT NULL CHECK (queue IN ('postgres', 'kafka'))
        );
        CREATE INDEX erasure_receipt_time ON erasure_receipt (erased_at);

        DROP FUNCTION erase_person(integer);
        CREATE FUNCTION erase_person(erased integer, receipt bytea DEFAULT NULL) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            scanned bigint;
            blocks bigint[];
            part bigint;
            locations bigint := 0;
            devices bigint;
            dead_letters bigint;
            messages bigint;
        BEGIN
            IF NOT EXISTS (SELECT FROM person WHERE id = erased) THEN RETURN false; END IF;
            -- Before the lock, for it may take long. What comes meanwhile is looked at under the lock.
            SELECT next_offset INTO scanned FROM location_log_partition
            WHERE partition = location_log_partition_of(erased);
            blocks := location_log_blocks_with(erased, 0, scanned);
            -- AdvisoryLock.erasure
            PERFORM pg_advisory_xact_lock(1969512707);
            SELECT count(*) INTO devices FROM device WHERE person_id = erased;
            DELETE FROM person WHERE id = erased;
            IF NOT FOUND THEN RETURN false; END IF;
            INSERT INTO person_erasure (person_id) VALUES (erased) ON CONFLICT DO NOTHING;
            -- Two statements, each of which one of the partial indexes serves.
            DELETE FROM location WHERE person_id = erased AND id >= 4294967296;
            GET DIAGNOSTICS part = ROW_COUNT;
            locations := locations + part;
            DELETE FROM location WHERE person_id = erased AND id < 4294967296;
            GET DIAGNOSTICS part = ROW_COUNT;
            locations := locations + part;
            DELETE FROM dead_letter WHERE person_id = erased;
            GET DIAGNOSTICS dead_letters = ROW_COUNT;
            messages := erase_from_location_log_blocks(
                erased,
                blocks || location_log_blocks_with(erased, scanned, 9223372036854775807)
            );
            IF receipt IS NOT NULL THEN
                DELETE FROM erasure_receipt WHERE erased_at < now() - interval '400 days';
                INSERT INTO erasure_receipt (digest, locations, devices, dead_letters, messages, queue)
                VALUES (
                    receipt, locations, devices, dead_letters, messages,
                    CASE WHEN EXISTS (SELECT FROM location_queue WHERE identity <> 'postgres') THEN 'kafka'
                    ELSE 'postgres' END
                );
            END IF;
            PERFORM pg_notify('person_erased', erased::text);
            RETURN true;
        END
        $$;
        REVOKE EXECUTE ON FUNCTION erase_person(integer, bytea) FROM PUBLIC;
        """
}
