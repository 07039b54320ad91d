/// The SQL of deliveries in batches.
extension Migration {
    /// Deliveries that need no row each: a batch has the events of one subscription, and the statuses with which they were
    /// accepted.
    ///
    /// A delivery's number is 32 times its batch's number, plus its place in the batch, from 0; batches are numbered from 2³⁴,
    /// so that it never meets the number of a row that was added by itself. The first `unpacked` deliveries of a batch, and
    /// those that were not accepted, are rows of `webhook_delivery`. Batches name events that an erasure may have removed.
    ///
    /// New events are in a queue, because changing a row of `domain_event` for each would also change its indexes. The senders
    /// of the release before look for `is_dispatched`, and so find none.
    static let deliveryBatches: StaticString = """
        -- Waits for publications and dispatches, so that each event is either in the queue or has its deliveries.
        LOCK TABLE domain_event IN ACCESS EXCLUSIVE MODE;
        CREATE TABLE domain_event_queue (
            position bigint PRIMARY KEY
        );
        INSERT INTO domain_event_queue (position) SELECT position FROM domain_event WHERE NOT is_dispatched;
        UPDATE domain_event SET is_dispatched = true WHERE NOT is_dispatched;
        ALTER TABLE domain_event ALTER COLUMN is_dispatched SET DEFAULT true;

        CREATE FUNCTION queue_domain_events() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO domain_event_queue (position) SELECT position FROM added WHERE type <> 'webhook.ping';
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER queue_domain_events AFTER INSERT ON domain_event REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION queue_domain_events();

        CREATE TABLE webhook_batch (
            id bigint GENERATED ALWAYS AS IDENTITY (START WITH 17179869184) PRIMARY KEY,
            webhook_id text NOT NULL REFERENCES webhook ON DELETE CASCADE,
            positions bigint[] NOT NULL CHECK (cardinality(positions) BETWEEN 1 AND 32),
            unpacked integer NOT NULL DEFAULT 0,
            attempt integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            due_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            statuses smallint[]
        ) WITH (fillfactor = 80);
        CREATE INDEX webhook_batch_pending ON webhook_batch (webhook_id, id) WHERE finished_at IS NULL;
        CREATE INDEX webhook_batch_log ON webhook_batch (webhook_id, id);
        CREATE INDEX webhook_delivery_log ON webhook_delivery (webhook_id, id);
        """
}
