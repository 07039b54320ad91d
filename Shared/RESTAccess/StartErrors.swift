package import Access
package import Observability

extension PermissionTable.Problem: LoggableError {
    package var logMetadata: LogMetadata { [.reason: .string(description)] }
}

extension ServiceKeyFileError: LoggableError {
    package var logMetadata: LogMetadata { [.reason: .string(description)] }
}
