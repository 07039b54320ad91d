"""Asks a running location-producer what clients ask it, with the official Python client.

usage: acceptance.py PORT PID PROTOS     the gRPC port, the server's process, the folder of the .proto files

Prints a line for each thing that holds, and fails at the first that does not. Ends by stopping the server.
"""

import importlib
import os
import signal
import sys
import tempfile
import threading
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from grpc_tools import protoc
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2

PORT, PID, PROTOS = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ADDRESS = f"127.0.0.1:{PORT}"
JUNE = 1_780_272_000_000_000  # 2026-06-01T00:00:00Z in microseconds


def compile_protos():
    """Makes the messages and stubs of our .proto files, as every client does."""
    folder = tempfile.mkdtemp()
    files = ["reference_location.proto", "location_service.proto"]
    arguments = ["protoc", f"-I{PROTOS}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]
    assert protoc.main(arguments) == 0
    sys.path.insert(0, folder)
    modules = ["reference_location_pb2", "reference_location_pb2_grpc", "location_service_pb2", "location_service_pb2_grpc"]
    return [importlib.import_module(name) for name in modules]


reference, reference_grpc, service, service_grpc = compile_protos()


def failure(call):
    """The error that a call ends with, and fails if it ends well."""
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("The call has ended well.")


def location(person, index, **others):
    return service.Location(person_id=person, latitude=52.5, longitude=13.4, creation_time_us=JUNE + index, **others)


def the_references_sample(channel):
    """The reference's sample client, as it is."""
    stub = reference_grpc.LocationServiceStub(channel)
    order = reference.LocationMessage(person_id=1, latitude=-122.2, longitude=37.5)
    assert stub.Create(order, timeout=30) == order
    # Byte for byte, by the method's name alone.
    echo = channel.unary_unary("/LocationService/Create")
    assert echo(order.SerializeToString(), timeout=30) == order.SerializeToString()


def exact_reference_fields(channel):
    stub = reference_grpc.LocationServiceStub(channel)
    order = reference.LocationMessage(
        person_id=2, latitude_degrees=52.5162746, longitude_degrees=13.3777041, creation_time_us=JUNE, accuracy_m=4.8
    )
    assert stub.Create(order, timeout=30) == order


def one_location(channel):
    stub = service_grpc.LocationServiceStub(channel)
    first = stub.Report(service.ReportRequest(location=location(3, 0)), timeout=30)
    second = stub.Report(service.ReportRequest(location=location(3, 1)), timeout=30)
    assert second.id > first.id >= 2**32


def a_batch_with_verdicts(channel):
    stub = service_grpc.LocationServiceStub(channel)
    locations = [location(4, index, speed_mps=1.5, battery_percent=80) for index in range(1000)]
    locations[10] = service.Location(person_id=4, latitude=91, longitude=0)
    answer = stub.ReportBatch(service.ReportBatchRequest(locations=locations), timeout=30)
    assert len(answer.verdicts) == 1000
    assert [index for index, verdict in enumerate(answer.verdicts) if not verdict.id] == [10]
    (violation,) = answer.verdicts[10].violations
    assert (violation.field, violation.description) == ("latitude", "Must be a number of degrees from -90 to 90.")


def a_stream_with_positions(channel):
    stub = service_grpc.LocationServiceStub(channel)
    acknowledged = threading.Semaphore(0)

    def outbox():
        yield service.ReportStreamRequest(position=100, locations=[location(5, index) for index in range(50)])
        # Continue only after the acknowledgement, when the phone may delete its locations.
        assert acknowledged.acquire(timeout=30)
        rest = [location(5, 50 + index) for index in range(50)]
        rest[5] = service.Location(person_id=-5, latitude=0, longitude=0)
        yield service.ReportStreamRequest(locations=rest)

    answers = []
    for answer in stub.ReportStream(outbox(), timeout=60):
        answers.append(answer)
        if answer.acknowledged_position >= 149:
            acknowledged.release()
    assert answers[-1].acknowledged_position == 199
    rejections = [rejection for answer in answers for rejection in answer.rejections]
    assert [(rejection.position, rejection.violations[0].field) for rejection in rejections] == [(155, "person_id")]


def positions_never_go_back(channel):
    stub = service_grpc.LocationServiceStub(channel)
    requests = [service.ReportStreamRequest(position=position, locations=[location(6, position)]) for position in (7, 7)]
    answers = []
    error = failure(lambda: answers.extend(stub.ReportStream(iter(requests), timeout=30)))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "position" in error.details()
    assert answers[-1].acknowledged_position == 7  # what was valid has been taken all the same


def wrong_fields_are_named(channel):
    stub = service_grpc.LocationServiceStub(channel)
    wrong = service.Location(person_id=-1, latitude=91, creation_time_us=2**62, accuracy_m=-1, battery_percent=101)
    error = failure(lambda: stub.Report(service.ReportRequest(location=wrong), timeout=30))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    bad_request = error_details_pb2.BadRequest()
    assert rpc_status.from_call(error).details[0].Unpack(bad_request)
    assert [violation.field for violation in bad_request.field_violations] == [
        "location.person_id",
        "location.latitude",
        "location.longitude",
        "location.creation_time_us",
        "location.accuracy_m",
        "location.battery_percent",
    ]
    error = failure(lambda: stub.Report(service.ReportRequest(), timeout=30))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and "location" in error.details()
    error = failure(lambda: channel.unary_unary("/LocationService/Create")(b"\xff\xff", timeout=30))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT


def unknown_methods_are_unimplemented_at_once(channel):
    began = time.monotonic()
    for method in ("/LocationService/Delete", "/no.Such/Method"):
        error = failure(lambda: channel.unary_unary(method)(b"", timeout=30))
        assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    assert time.monotonic() - began < 15


def deadlines_and_cancelling(channel):
    stub = service_grpc.LocationServiceStub(channel)
    go_on = threading.Event()

    def silence():
        yield service.ReportStreamRequest(locations=[location(7, 0)])
        go_on.wait(30)

    error = failure(lambda: list(stub.ReportStream(silence(), timeout=1)))
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    call = stub.ReportStream(silence(), timeout=30)
    assert next(call).acknowledged_position == 1
    call.cancel()
    assert call.code() == grpc.StatusCode.CANCELLED
    # Not before: a stream that has come to its end is not cancelled any more.
    go_on.set()


def messages_over_the_limit(channel):
    error = failure(lambda: channel.unary_unary("/LocationService/Create")(bytes(5 << 20), timeout=30))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    stub = service_grpc.LocationServiceStub(channel)
    many = service.ReportBatchRequest(locations=[location(8, index) for index in range(10_001)])
    assert failure(lambda: stub.ReportBatch(many, timeout=30)).code() == grpc.StatusCode.INVALID_ARGUMENT


def compressed_messages_are_refused(channel):
    stub = service_grpc.LocationServiceStub(channel)
    request = service.ReportBatchRequest(locations=[location(8, index) for index in range(100)])
    error = failure(lambda: stub.ReportBatch(request, timeout=30, compression=grpc.Compression.Gzip))
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ("", "LocationService", "udaconnect.location.v1.LocationService"):
        # On a busy machine the database may not answer in time, once.
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=name), timeout=30)
        assert health_pb2.HealthCheckResponse.SERVING in (answer.status for answer in watch)
        watch.cancel()
        assert stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=30).status
    error = failure(lambda: stub.Check(health_pb2.HealthCheckRequest(service="no.Such"), timeout=30))
    assert error.code() == grpc.StatusCode.NOT_FOUND
    call = stub.Watch(health_pb2.HealthCheckRequest(service="no.Such"), timeout=30)
    assert next(call).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    call.cancel()


def reflection(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    assert {
        "LocationService",
        "udaconnect.location.v1.LocationService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    } == set(database.get_services())
    pool = DescriptorPool(database)
    methods = pool.FindServiceByName("udaconnect.location.v1.LocationService").methods
    assert [method.name for method in methods] == ["Report", "ReportBatch", "ReportStream"]
    message = pool.FindMessageTypeByName("LocationMessage")
    assert [field.name for field in message.fields][:3] == ["person_id", "latitude", "longitude"]


def many_at_once(channel):
    stub = service_grpc.LocationServiceStub(channel)
    calls = [stub.Report.future(service.ReportRequest(location=location(9, index)), timeout=60) for index in range(500)]
    assert len({call.result().id for call in calls}) == 500


def stopping(channel):
    """Watchers receive NOT_SERVING, an open stream ends with its acknowledgements, and the server stops listening."""
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    go_on = threading.Event()

    def outbox():
        yield service.ReportStreamRequest(locations=[location(10, 0)])
        go_on.wait(60)

    stream = service_grpc.LocationServiceStub(channel).ReportStream(outbox(), timeout=60)
    assert next(stream).acknowledged_position == 1
    os.kill(PID, signal.SIGTERM)
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    error = failure(lambda: list(stream))
    assert error.code() == grpc.StatusCode.UNAVAILABLE and "another instance" in error.details()
    go_on.set()
    with grpc.insecure_channel(ADDRESS, [("grpc.use_local_subchannel_pool", 1)]) as fresh:
        probe = health_pb2_grpc.HealthStub(fresh)
        error = failure(lambda: probe.Check(health_pb2.HealthCheckRequest(), timeout=30))
        assert error.code() == grpc.StatusCode.UNAVAILABLE


CHECKS = [
    the_references_sample,
    exact_reference_fields,
    one_location,
    a_batch_with_verdicts,
    a_stream_with_positions,
    positions_never_go_back,
    wrong_fields_are_named,
    unknown_methods_are_unimplemented_at_once,
    deadlines_and_cancelling,
    messages_over_the_limit,
    compressed_messages_are_refused,
    health,
    reflection,
    many_at_once,
    stopping,
]

with grpc.insecure_channel(ADDRESS) as channel:
    for check in CHECKS:
        check(channel)
        print("holds:", check.__name__, flush=True)
