set :application, ENV.fetch("APP")
set :deploy_to, ENV.fetch("DEST")
set :keep_releases, ENV.fetch("KEEP").to_i

app = ENV.fetch("APP")
ports = { "blue" => ENV.fetch("BLUE"), "green" => ENV.fetch("GREEN") }

namespace :blue_green do
  task :look do
    on roles(:app) do |host|
      backend = capture(:cat, "#{deploy_to}/backend.conf")
      live = ports.key(backend[/:(\d+);/, 1])
      live = nil unless test("systemctl -q is-active #{app}@#{live}")
      set "live_#{host.hostname}", live
      set "idle_#{host.hostname}", live == "blue" ? "green" : "blue"
    end
  end

  task :install do
    on roles(:app) do |host|
      idle = fetch("idle_#{host.hostname}")
      values = "HOST=127.0.0.1\nPORT=#{ports[idle]}\n#{ENV.fetch("VALUES")}\n"
      upload! StringIO.new(values), "#{deploy_to}/environment-#{idle}.new"
      execute :chmod, "600", "#{deploy_to}/environment-#{idle}.new"
      execute :mv, "#{deploy_to}/environment-#{idle}.new", "#{deploy_to}/environment-#{idle}"
      unit = "/etc/systemd/system/#{app}@.service"
      upload! StringIO.new(File.read("unit")), "#{deploy_to}/unit.new"
      unless test(:cmp, "-s", "#{deploy_to}/unit.new", unit)
        sudo :cp, "#{deploy_to}/unit.new", unit
        sudo :systemctl, "daemon-reload"
      end
      execute :mkdir, "-p", "#{deploy_to}/versions"
      execute :ln, "-sfn", release_path, "#{deploy_to}/versions/current-#{idle}"
    end
  end

  task :start do
    on roles(:app) do |host|
      idle = fetch("idle_#{host.hostname}")
      sudo :systemctl, "stop", "#{app}@#{idle}"
      sudo :systemctl, "start", "#{app}@#{idle}"
      execute :bash, "-c", "'#{File.read("wait-health.sh").gsub("'", "'\\\\''")}'", "health", ports[idle]
      sudo :systemctl, "enable", "#{app}@#{idle}"
    end
  end

  task :switch do
    on roles(:app) do |host|
      upload! StringIO.new("server 127.0.0.1:#{ports[fetch("idle_#{host.hostname}")]};\n"), "#{deploy_to}/backend.conf.new"
      execute :mv, "#{deploy_to}/backend.conf.new", "#{deploy_to}/backend.conf"
      sudo :nginx, "-t"
      sudo :systemctl, "reload", "nginx"
    end
  end

  task :stop do
    on roles(:app) do |host|
      live = fetch("live_#{host.hostname}")
      next if live.nil?
      execute :bash, "-c", "'#{File.read("wait-drain.sh").gsub("'", "'\\\\''")}'"
      sudo :systemctl, "stop", "#{app}@#{live}"
      sudo :systemctl, "disable", "#{app}@#{live}"
    end
  end
end

after "deploy:updated", "blue_green:look"
after "blue_green:look", "blue_green:install" unless ENV["BACK"]
after "deploy:reverted", "blue_green:look"
before "deploy:publishing", "blue_green:start"
after "deploy:published", "blue_green:switch"
after "blue_green:switch", "blue_green:stop"
