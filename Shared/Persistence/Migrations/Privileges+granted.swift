extension Privileges {
    /// All rights in the database, one object per line; a role has no other rights.
    ///
    /// The owner's own rights are not listed. `uda_backup` reads and `uda_monitor` measures as members of PostgreSQL's
    /// predefined roles. A migration that creates an object adds a line here in the same commit.
    static let granted = Privileges([
        Line(
            .database,
            person: [.connect],
            producer: [.connect],
            // The consumer stages locations in a temporary table.
            consumer: [.connect, .temporary],
            connection: [.connect],
            access: [.connect],
            warehouse: [.connect],
            webhook: [.connect],
            others: [.migrator, .backup, .monitor]
        ),
        Line(
            .schema,
            person: [.usage],
            producer: [.usage],
            consumer: [.usage],
            connection: [.usage],
            access: [.usage],
            warehouse: [.usage],
            webhook: [.usage]
        ),
        // Each service waits for its version of the schema.
        Line(
            .table("schema_migration"),
            person: [.select],
            producer: [.select],
            consumer: [.select],
            connection: [.select],
            access: [.select],
            webhook: [.select]
        ),

        Line(
            .table("person"),
            person: [.select, .insert, .update],
            producer: [.select("id")],
            consumer: [.select("id")],
            connection: [.select],
            access: [.select("id")]
        ),
        Line(.sequence("person_id_seq"), person: [.usage]),
        Line(
            .table("device"),
            person: [.select, .insert, .delete],
            producer: [.select("id", "person_id", "number", "token_digest", "is_id_enough")],
            // For exports, which have no credentials.
            connection: [.select("id", "person_id", "number", "name", "created_at")]
        ),
        Line(
            .table("device_status"),
            person: [.select],
            producer: [.select, .insert, .update],
            connection: [.select("device_id", "seen_at")]
        ),
        Line(
            .table("consent"),
            person: [.select, .insert, .update],
            producer: [.select],
            connection: [.select],
            webhook: [.select]
        ),
        // connection-service reads them for exports.
        Line(.table("person_note"), person: [.select, .insert, .update, .delete], connection: [.select]),
        Line(.table("contact_card"), person: [.select, .insert, .update], connection: [.select]),
        Line(.table("contact_request"), person: [.select, .insert, .update, .delete], connection: [.select]),
        Line(
            .table("pause"),
            person: [.select, .insert, .update, .delete],
            producer: [.select],
            consumer: [.select],
            connection: [.select],
            warehouse: [.select]
        ),
        Line(.function("forget_locations"), person: [.execute]),
        // person-service removes old ones.
        Line(.table("acquaintance"), person: [.select, .delete], connection: [.select]),
        Line(.function("is_named_to"), person: [.execute], connection: [.execute]),
        Line(.function("acquaint"), connection: [.execute]),
        Line(.table("nudge"), person: [.select("created_at"), .delete], connection: [.select]),
        Line(.function("nudge_holds"), connection: [.execute], webhook: [.execute]),
        Line(.function("create_nudge"), connection: [.execute]),
        Line(.table("location_import"), producer: [.select, .insert, .update, .delete]),
        Line(.table("zone_hint"), producer: [.insert], connection: [.select]),

        Line(
            .table("event"),
            person: [.select, .insert, .update, .delete],
            producer: [.select],
            consumer: [.select],
            connection: [.select],
            access: [.select("id", "time_zone")],
            warehouse: [.select("id", "opens", "closes", "venue", "retention_days")]
        ),
        Line(
            .table("zone"),
            person: [.select, .insert, .update, .delete],
            producer: [.select],
            consumer: [.select],
            connection: [.select]
        ),
        Line(.table("zone_transmitter"), person: [.select, .insert, .delete], connection: [.select]),
        Line(
            .table("programme_session"),
            person: [.select, .insert, .update, .delete],
            producer: [.select],
            consumer: [.select],
            connection: [.select]
        ),
        // A report is never changed; it goes with its event.
        Line(.table("event_report"), connection: [.select, .insert]),

        Line(
            .table("location"),
            consumer: [.insert, .select("id", "person_id", "creation_time")],
            connection: [.select],
            // Without telemetry.
            warehouse: [
                .select(
                    "id",
                    "person_id",
                    "creation_time",
                    "coordinate",
                    "accuracy",
                    "device",
                    "is_mock",
                    "is_heartbeat"
                )
            ]
        ),
        Line(.function("create_location_partition"), consumer: [.execute]),
        Line(.function("remove_expired_locations"), consumer: [.execute]),
        // The consumer recognises repeats by their place, but may not read coordinates.
        Line(.function("has_location"), consumer: [.execute]),

        // Erasure runs as the owner: person-service needs no rights on locations, the queue and dead letters.
        Line(.function("erase_person"), person: [.execute]),
        Line(.function("is_named"), person: [.execute]),
        Line(.table("erasure_receipt"), person: [.select]),
        Line(.function("erase_from_location_log"), consumer: [.execute]),
        Line(.function("location_message_person"), consumer: [.execute]),
        Line(.table("person_erasure"), consumer: [.select], warehouse: [.select("person_id")]),

        // The consumer appends when it replays dead letters.
        Line(
            .table("location_log"),
            producer: [.insert, .select("partition", "last_offset", "message_count")],
            consumer: [.select, .insert, .delete],
            connection: [.select]
        ),
        Line(
            .table("location_log_partition"),
            producer: [.select, .update("next_offset")],
            consumer: [.select, .update("next_offset")],
            connection: [.select]
        ),
        // The consumer tells the other region that this one is alive.
        Line(.table("region"), consumer: [.select, .update("seen_at")], connection: [.select]),
        Line(.function("own_region"), producer: [.execute], consumer: [.execute], connection: [.execute]),
        Line(.table("location_log_member"), consumer: [.select, .insert, .update, .delete]),
        Line(
            .table("location_offset"),
            consumer: [.select, .insert, .update("next_offset")],
            connection: [.select],
            warehouse: [.select]
        ),
        Line(
            .table("location_queue"),
            consumer: [.select, .insert, .update("identity")],
            warehouse: [.select("identity")]
        ),
        Line(.table("dead_letter"), consumer: [.select, .insert, .update("is_published"), .delete]),

        // The producer checks the keys of programs that send locations, and records their use.
        Line(
            .table("api_key"),
            producer: [.select, .update("used_at")],
            access: [.select, .insert, .update("expires_at", "used_at", "revoked_at")]
        ),
        Line(.table("access_identity"), access: [.select, .insert, .update("person_id", "kind", "seen_at"), .delete]),
        Line(.table("access_role"), access: [.select, .insert, .delete]),
        Line(.table("access_session"), access: [.select, .insert, .update("used_at"), .delete]),
        Line(
            .table("claim"),
            person: [.select, .update("used_at")],
            access: [.select, .insert, .update("used_at"), .delete]
        ),
        // No role may change or remove rows of the audit.
        Line(
            .table("access_audit"),
            person: [.insert],
            producer: [.insert],
            consumer: [.insert],
            connection: [.insert],
            access: [.select, .insert]
        ),
        Line(
            .table("access_audit_head"),
            access: [.select, .insert, .update("number", "digest", "signed_at", "signature")]
        ),
        Line(
            .table("emergency_access"),
            access: [.select, .insert, .update("approved_by", "approved_at", "ends_at")]
        ),
        Line(.function("remove_expired_audit"), access: [.execute]),
        Line(.function("person_readings"), connection: [.execute], access: [.execute]),

        // Both count requests; access-service also removes earlier days.
        Line(
            .table("quota"),
            producer: [.select, .insert, .update],
            access: [.select, .insert, .update, .delete]
        ),
        Line(
            .table("quota_lease"),
            producer: [.select, .insert, .delete],
            access: [.select, .insert, .delete]
        ),

        // connection-service removes earlier revisions of facts that are withdrawn.
        Line(
            .table("domain_event"),
            connection: [.select("position", "subject"), .insert, .delete],
            webhook: [.select, .insert, .delete]
        ),
        // A trigger adds the events to it.
        Line(.table("domain_event_queue"), connection: [.insert], webhook: [.select, .insert, .delete]),
        Line(.table("published_fact"), connection: [.select, .insert, .update, .delete]),
        Line(.table("webhook"), webhook: [.select, .insert, .update, .delete]),
        Line(.table("webhook_batch"), webhook: [.select, .insert, .update, .delete]),
        Line(.table("webhook_delivery"), webhook: [.select, .insert, .update, .delete]),
        // connection-service reads them for exports.
        Line(
            .table("push_subscription"),
            connection: [.select("id", "person_id", "origin", "created_at")],
            webhook: [.select, .insert, .delete]
        ),
        Line(.table("push_message"), webhook: [.select, .update("due_at", "attempt"), .delete]),
    ])
}
