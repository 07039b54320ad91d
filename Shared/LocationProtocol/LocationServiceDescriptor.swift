/// The descriptors of the location services, for gRPC reflection.
package enum LocationServiceDescriptor {
    /// `reference_location.proto` and `location_service.proto` as a `google.protobuf.FileDescriptorSet`.
    package static var fileDescriptorSet: [UInt8] { PackageResources.location_services_binpb }
}
