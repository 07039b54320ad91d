#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* Macros with casts have no Swift name. */

static const int32_t CLibRDKafka_anyPartition = RD_KAFKA_PARTITION_UA;
