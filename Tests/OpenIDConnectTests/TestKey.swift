import COpenSSL
import Credentials

@testable import OpenIDConnect

/// A key pair that OpenSSL generates and signs with.
///
/// Safety: the pair is constant, and OpenSSL's keys may be used from any thread.
final class TestKey: @unchecked Sendable {
    private let pair: OpaquePointer
    private let isCurve: Bool

    /// An RSA key of a length, or a key on P-256.
    init(bits: Int?) {
        isCurve = bits == nil
        let context = EVP_PKEY_CTX_new_from_name(nil, isCurve ? "EC" : "RSA", nil)
        defer { EVP_PKEY_CTX_free(context) }
        EVP_PKEY_keygen_init(context)
        if let bits {
            EVP_PKEY_CTX_ctrl_str(context, "rsa_keygen_bits", String(bits))
        } else {
            EVP_PKEY_CTX_ctrl_str(context, "ec_paramgen_curve", "P-256")
        }
        var pair: OpaquePointer?
        EVP_PKEY_generate(context, &pair)
        guard let pair else { preconditionFailure("OpenSSL generated no key") }
        self.pair = pair
    }

    deinit {
        EVP_PKEY_free(pair)
    }

    /// A number of the public key, such as `n`, in big-endian order.
    func number(_ name: String) -> [UInt8] {
        var number: OpaquePointer?
        EVP_PKEY_get_bn_param(pair, name, &number)
        defer { BN_free(number) }
        let count = isCurve ? 32 : (BN_num_bits(number) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: Int(count))
        BN_bn2binpad(number, &bytes, count)
        return bytes
    }

    /// The public key as a JWK.
    ///
    /// - Parameters:
    ///   - members: members to add, such as `"kid":"a"`.
    ///   - numbers: texts in place of the key's own numbers.
    /// - Returns: JSON.
    func jwk(_ members: String, _ numbers: [String: String] = [:]) -> String {
        let names = isCurve ? [("x", "qx"), ("y", "qy")] : [("n", "n"), ("e", "e")]
        let type = isCurve ? #""kty":"EC","crv":"P-256""# : #""kty":"RSA""#
        let texts = names.map { name, own in
            #""\#(name)":"\#(numbers[name] ?? Base64URL.encode(number(own)))""#
        }
        return "{\(([type] + texts + (members.isEmpty ? [] : [members])).joined(separator: ","))}"
    }

    /// The signature of a text, in DER if it is a curve's.
    ///
    /// - Parameters:
    ///   - text: what is signed.
    ///   - digest: the hash function.
    ///   - salt: the length of the salt of RSASSA-PSS; `nil` for PKCS1-v1_5.
    /// - Returns: the bytes.
    func sign(_ text: String, digest: String = "SHA256", salt: Int? = nil) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var options: OpaquePointer?
        EVP_DigestSignInit_ex(context, &options, digest, nil, nil, pair, nil)
        if let salt {
            EVP_PKEY_CTX_ctrl_str(options, "rsa_padding_mode", "pss")
            EVP_PKEY_CTX_ctrl_str(options, "rsa_pss_saltlen", String(salt))
        }
        let bytes = Array(text.utf8)
        var length = 0
        EVP_DigestSign(context, nil, &length, bytes, bytes.count)
        var signature = [UInt8](repeating: 0, count: length)
        EVP_DigestSign(context, &signature, &length, bytes, bytes.count)
        return Array(signature.prefix(length))
    }

    /// A curve's signature as JWS has it: r and s with 32 bytes each.
    func signRaw(_ text: String) -> [UInt8] {
        let der = sign(text)
        // SEQUENCE, length, then twice INTEGER, length, value.
        let lengthOfR = Int(der[3])
        let r = der[4..<4 + lengthOfR]
        let s = der[(4 + lengthOfR + 2)...]
        return [r, s].flatMap { number in
            let digits = number.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: 32 - digits.count) + digits
        }
    }

    /// The public key in PEM, as attackers find it.
    var pem: String {
        var buffer: UnsafeMutablePointer<UInt8>?
        let length = i2d_PublicKey(pair, &buffer)
        guard let buffer else { return "" }
        defer { CRYPTO_free(buffer, #file, #line) }
        var text = [UInt8](repeating: 0, count: Int(length) * 4 / 3 + 4)
        let count = EVP_EncodeBlock(&text, buffer, length)
        let body = String(decoding: text.prefix(Int(count)), as: UTF8.self)
        return "-----BEGIN RSA PUBLIC KEY-----\n\(body)\n-----END RSA PUBLIC KEY-----\n"
    }
}
